# expect: ends wall-time
# wall: 0.15
# why: and in the event loop
import asyncio
await asyncio.gather(*[asyncio.sleep(10**6) for _ in range(1000)])
