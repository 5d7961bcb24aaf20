# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: a hierarchy of thousands of classes
c = object
for _ in range(300):
    c = type("C", (c,), {})
x = c()
x.missing if hasattr(x, "missing") else None
del c, x
