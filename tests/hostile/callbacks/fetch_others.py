# expect: ok
# needs: callbacks, eryx
# why: code that takes the answers from under the event loop
import asyncio, _eryx
async def main():
    tasks = [asyncio.ensure_future(sleep(5)) for _ in range(20)]
    await asyncio.sleep(0)
    while _eryx.wait(50_000_000) is not None:
        pass
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
await main()
