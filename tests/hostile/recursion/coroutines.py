# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: awaiting in awaiting
import sys
sys.setrecursionlimit(10**9)
async def f(n):
    if n:
        await f(n - 1)
try:
    f(300_000).send(None)
except StopIteration:
    pass
