# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: the pickler recurses in C
import pickle
x = []
for _ in range(300_000):
    x = [x]
pickle.dumps(x)
