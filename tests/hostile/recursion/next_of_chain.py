# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: `next` descends in C without looking at any limit
import itertools
x = iter((1,))
for _ in range(300_000):
    x = itertools.chain(x, ())
next(x)
