# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: freeing suspended generators in generators runs Python in between
def g(o):
    yield o
x = None
for _ in range(100_000):
    h = g(x)
    next(h)
    x = h
del x, h
print("freed")
