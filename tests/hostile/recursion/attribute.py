# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: attributes that ask for themselves
class A:
    def __getattr__(self, name):
        return getattr(self, name + "a")
import sys
sys.setrecursionlimit(10**9)
A().b
