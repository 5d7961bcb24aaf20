# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: freeing a chain of contexts
x = None
for _ in range(300_000):
    e = ValueError()
    e.__context__ = x
    x = e
del x, e
print("freed")
