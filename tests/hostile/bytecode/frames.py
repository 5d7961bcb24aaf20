# expect: ok or ends crash, wall-time, memory, exit
# spoils: session
# wall: 3
# why: frames that are changed while they run
import sys
def f():
    x = 1
    frame = sys._getframe()
    for action in (lambda: frame.f_locals.update(x=[]), lambda: frame.clear(), lambda: setattr(frame, "f_lineno", 1), lambda: setattr(frame, "f_trace", 5), lambda: delattr(frame, "f_trace")):
        try:
            action()
        except BaseException:
            pass
    return x
for _ in range(1000):
    f()
def trace(frame, event, argument):
    if event == "line":
        try:
            frame.f_lineno = frame.f_lineno + 2
        except ValueError:
            pass
    return trace
sys.settrace(trace)
try:
    f()
except BaseException:
    pass
sys.settrace(None)
