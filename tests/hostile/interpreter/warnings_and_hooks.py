# expect: ok
# spoils: session
# why: hooks that the interpreter calls for ignored errors
import sys, warnings
def hook(*arguments):
    raise SystemExit(5)
sys.unraisablehook = sys.excepthook = sys.displayhook = sys.breakpointhook = hook
warnings.showwarning = hook
class A:
    def __del__(self):
        1 / 0
A()
try:
    warnings.warn("x")
except SystemExit:
    pass
