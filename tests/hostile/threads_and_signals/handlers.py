# expect: ok
# spoils: session
# why: handlers of signals must not catch the end that a limit brings
import signal
for number in range(1, 65):
    try:
        signal.signal(number, lambda *a: None)
    except (OSError, ValueError, AttributeError):
        pass
