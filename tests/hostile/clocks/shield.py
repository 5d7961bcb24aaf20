# expect: ends wall-time
# wall: 0.15
# why: code cannot shield itself from the limit
import asyncio
async def go():
    while True:
        try:
            await asyncio.shield(asyncio.sleep(1000))
        except BaseException:
            pass
await go()
