# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: types in types
import typing
t = int
for _ in range(20_000):
    t = list[t]
repr(t)
hash(t)
t == t
t.__parameters__
