# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: the same for `map`
x = iter((1,))
for _ in range(200_000):
    x = map(abs, x)
next(x)
