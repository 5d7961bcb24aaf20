# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: freeing a chain of objects recurses
class N:
    __slots__ = ("n",)
x = None
for _ in range(150_000):
    n = N()
    n.n = x
    x = n
del x, n
print("freed")
