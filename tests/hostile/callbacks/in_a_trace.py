# expect: ok
# needs: callbacks
# spoils: session
# why: calls from a trace function, for every line
import sys
def trace(frame, event, argument):
    sys.settrace(None)
    echo(event)
    sys.settrace(trace)
    return trace
def f():
    x = 1
    y = 2
    return x + y
sys.settrace(trace)
f()
sys.settrace(None)
