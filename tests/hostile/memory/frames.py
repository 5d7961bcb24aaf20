# expect: raises MemoryError, RecursionError or ends memory, crash
# why: frames of Python take memory too
import sys
sys.setrecursionlimit(2**31 - 1)
def f(*arguments):
    return f(*arguments, *arguments[:50])
f(*range(100))
