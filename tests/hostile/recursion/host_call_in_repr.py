# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: the host is called from a C stack of every depth
import os
class H:
    def __repr__(self):
        os.listdir("/usr/lib/python3.14")
        os.urandom(16)
        open("/usr/lib/python3.14/os.py").read()
        return "h"
for depth in range(2000, 60_000, 20_000):
    x = H()
    for _ in range(depth):
        x = [x]
    repr(x)
