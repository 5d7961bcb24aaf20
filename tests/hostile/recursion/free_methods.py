# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: freeing bound methods and partials in each other
import functools, types
x = len
for _ in range(60_000):
    x = functools.partial(print, x)
y = None
for _ in range(60_000):
    y = types.MethodType(print, [y])
del x, y
print("freed")
