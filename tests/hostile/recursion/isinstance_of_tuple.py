# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: and `isinstance` of tuples in tuples
t = int
for _ in range(500_000):
    t = (t,)
isinstance("", t)
