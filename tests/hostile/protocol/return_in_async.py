# expect: ok
# why: awaiting at the top of the code, in all forms
import asyncio
async def agen():
    for number in range(3):
        yield number
async with asyncio.timeout(5):
    found = [number async for number in agen()]
async for number in agen():
    break
await asyncio.gather(*[asyncio.sleep(0) for _ in range(100)])
assert found == [0, 1, 2]
