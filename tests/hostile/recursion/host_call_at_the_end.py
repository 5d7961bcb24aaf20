# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: the host is called where the stack has just ended
import os, sys
sys.setrecursionlimit(10**9)
def f(n):
    try:
        return f(n + 1)
    except RecursionError:
        os.stat("/tmp")
        open("/tmp/x", "w").write("x" * 1000)
        os.write(1, b".")
        raise
f(0)
