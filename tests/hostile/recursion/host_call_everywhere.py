# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: the host is called at every depth
import os, sys
sys.setrecursionlimit(10**9)
class A:
    def __repr__(self):
        os.stat("/usr/lib/python3.14/os.py")
        os.urandom(8)
        os.write(2, b".")
        return repr([self])
repr(A())
