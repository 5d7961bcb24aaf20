# expect: raises RecursionError or ends wall-time, crash, memory
# wall: 1
# why: recursion in the handler of a recursion error
import sys
sys.setrecursionlimit(10**9)
def f():
    try:
        f()
    finally:
        f()
f()
