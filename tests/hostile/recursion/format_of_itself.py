# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: formatting that formats itself
import sys
sys.setrecursionlimit(10**9)
class A:
    def __format__(self, spec):
        return f"{self}"
f"{A()}"
