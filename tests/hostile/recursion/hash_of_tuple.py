# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: and hashing
a = ()
for _ in range(500_000):
    a = (a,)
hash(a)
