# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: delegation to generators in generators
import sys
sys.setrecursionlimit(10**9)
def g(n):
    if n:
        yield from g(n - 1)
    yield 1
next(g(300_000))
