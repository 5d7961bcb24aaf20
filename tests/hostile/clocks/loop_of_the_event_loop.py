# expect: ends wall-time
# wall: 0.15
# why: an event loop that is never idle
import asyncio
async def go():
    asyncio.get_running_loop().call_soon(lambda: None)
    while True:
        await asyncio.sleep(0)
await asyncio.gather(go(), go())
