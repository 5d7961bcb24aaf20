# expect: ok or ends wall-time
# wall: 1
# spoils: session
# why: tasks that will not be cancelled, at a reset
import asyncio
async def stubborn():
    while True:
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            pass
task = asyncio.ensure_future(stubborn())
await asyncio.sleep(0)
