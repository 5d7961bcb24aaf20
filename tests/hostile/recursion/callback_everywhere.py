# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# needs: callbacks
# why: a function of the host at every depth
import sys
sys.setrecursionlimit(10**9)
def f(x):
    echo(x)
    return sorted([x], key=f)
f(1)
