"""Reports lines, calls and returns of running code to the host. Imported only if the host subscribes to them."""

import sys
from time import monotonic_ns

from _eryx_settings import report

# A tool number that neither debuggers, coverage tools, profilers nor optimisers use.
_TOOL = 4
_LINE, _CALL, _RETURN = range(3)
_next = 0
_interval = 0


def start(lines, calls, interval):
    """Start reporting, at most once in so many nanoseconds."""
    global _interval
    _interval = interval
    monitoring = sys.monitoring
    events = monitoring.events
    monitoring.use_tool_id(_TOOL, "eryx")
    wanted = 0
    if lines:
        wanted |= events.LINE
        monitoring.register_callback(_TOOL, events.LINE, _line)
    if calls:
        wanted |= events.PY_START | events.PY_RETURN
        monitoring.register_callback(_TOOL, events.PY_START, _call)
        monitoring.register_callback(_TOOL, events.PY_RETURN, _return)
    monitoring.set_events(_TOOL, wanted)


def stop():
    """Stop reporting: the host of a copy may subscribe to other events, or to none."""
    monitoring = sys.monitoring
    if monitoring.get_tool(_TOOL) == "eryx":
        monitoring.set_events(_TOOL, 0)
        monitoring.free_tool_id(_TOOL)


def _line(code, line):
    return _tell(_LINE, code, line)


def _call(code, _):
    return _tell(_CALL, code, code.co_firstlineno)


def _return(code, offset, _):
    return _tell(_RETURN, code, code.co_firstlineno)


def _tell(what, code, line):
    global _next
    file = code.co_filename
    # The standard library's code is not reported. Disabling its events makes it run at full speed.
    if file.startswith(("/usr/lib/", "<frozen ")):
        return sys.monitoring.DISABLE
    now = monotonic_ns()
    if now >= _next:
        _next = now + _interval
        report(what, code.co_qualname, file, line)
