# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: comparison recurses in C
a = []
b = []
for _ in range(150_000):
    a = [a]
    b = [b]
a == b
