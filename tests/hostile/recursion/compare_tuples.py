# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: so does ordering
a = ()
b = ()
for _ in range(300_000):
    a = (a,)
    b = (b,)
a < b
