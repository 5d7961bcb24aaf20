# expect: ok
# spoils: session
# why: a trace function that stays sees the code of the bootstrap too
import sys
seen = []
def trace(frame, event, argument):
    seen.append(frame.f_code.co_filename)
    return trace
sys.settrace(trace)
