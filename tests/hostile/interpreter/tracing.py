# expect: ends wall-time
# wall: 0.15
# spoils: session
# why: functions that trace and profile must not keep the limit from holding
import sys
def trace(*arguments):
    return trace
sys.settrace(trace)
sys.setprofile(trace)
sys.monitoring.use_tool_id(0, "x")
sys.monitoring.set_events(0, sys.monitoring.events.LINE | sys.monitoring.events.CALL)
sys.monitoring.register_callback(0, sys.monitoring.events.LINE, lambda *a: None)
while True:
    pass
