# expect: ok
# spoils: session
# why: tasks that survive, hold any objects and never end
import asyncio
async def forever():
    while True:
        await asyncio.sleep(0)
tasks = [asyncio.ensure_future(forever()) for _ in range(100)]
await asyncio.sleep(0)
