# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: recursion through the regular expressions
import re, sys
sys.setrecursionlimit(10**9)
def f(m):
    return re.sub("a", f, "a")
f(0)
