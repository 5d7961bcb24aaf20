# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: `repr` of dictionaries recurses in C
x = {}
for _ in range(80_000):
    x = {1: x}
repr(x)
