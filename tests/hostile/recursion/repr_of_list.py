# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: `repr` recurses in C
x = []
for _ in range(200_000):
    x = [x]
repr(x)
