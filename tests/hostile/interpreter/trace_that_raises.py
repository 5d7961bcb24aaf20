# expect: ok or raises SystemExit, RuntimeError
# spoils: session
# why: one that raises in the bootstrap's own code
import sys
def trace(frame, event, argument):
    raise SystemExit(3)
sys.settrace(trace)
sys.setprofile(trace)
