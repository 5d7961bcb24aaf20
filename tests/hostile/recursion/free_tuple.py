# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: freeing a deep tuple has killed the host elsewhere
x = ()
for _ in range(1_000_000):
    x = (x,)
del x
print("freed")
