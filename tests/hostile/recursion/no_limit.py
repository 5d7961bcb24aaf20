# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: Python lets code raise its own limit
import sys
sys.setrecursionlimit(2**31 - 1)
def f(n):
    return f(n + 1)
f(0)
