# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: the same in a comparison, whose frames are smaller
import os
class H:
    __slots__ = ()
    def __eq__(self, other):
        os.listdir("/usr/lib/python3.14")
        os.urandom(16)
        return True
for depth in range(1000, 200_000, 20_000):
    a, b = H(), H()
    for _ in range(depth):
        a = (a,)
        b = (b,)
    a == b
