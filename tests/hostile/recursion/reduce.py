# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: recursion through C functions with the limit raised
import functools, sys
sys.setrecursionlimit(10**9)
def f(a, b):
    return functools.reduce(f, [1, 2, 3])
f(1, 2)
