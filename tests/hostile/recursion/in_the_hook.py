# expect: raises ValueError, RecursionError or ends crash
# spoils: session
# why: the hook for uncaught exceptions recurses
import sys
def hook(*a):
    hook(*a)
sys.excepthook = sys.unraisablehook = hook
class A:
    def __del__(self):
        1 / 0
A()
raise ValueError("x")
