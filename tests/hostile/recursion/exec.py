# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: `exec` in `exec`
import sys
sys.setrecursionlimit(10**9)
s = "exec(s)"
exec(s)
