# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: and comparing dictionaries
a = {}
b = {}
for _ in range(100_000):
    a = {1: a}
    b = {1: b}
a == b
