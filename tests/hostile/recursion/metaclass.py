# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: classes that make classes
import sys
sys.setrecursionlimit(10**9)
class M(type):
    def __new__(cls, *a):
        return M("x", (), {})
M("y", (), {})
