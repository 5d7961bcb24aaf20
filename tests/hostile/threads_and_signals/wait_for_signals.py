# expect: ok or raises AttributeError, OSError or ends wall-time
# wall: 0.15
# why: waiting for a signal that never comes
import signal, time
for name in ("pause", "sigwait", "sigtimedwait"):
    function = getattr(signal, name, None)
    if function:
        try:
            function() if name == "pause" else function([signal.SIGINT], *([0.1] if name == "sigtimedwait" else []))
        except (OSError, ValueError):
            pass
