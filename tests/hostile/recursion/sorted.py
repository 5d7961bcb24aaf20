# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: recursion through `sorted` has killed the host elsewhere
import sys
sys.setrecursionlimit(10**9)
def f(x):
    return sorted([x], key=f)
f(1)
