# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: partials that call each other
import functools
g = print
for _ in range(100_000):
    g = functools.partial(functools.partial(lambda h: h(), g))
g()
