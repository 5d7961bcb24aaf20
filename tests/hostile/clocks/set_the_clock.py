# expect: ok
# why: code must not set the host's clock
import time
done = []
for function in (lambda: time.clock_settime(time.CLOCK_REALTIME, 0), lambda: time.clock_settime_ns(time.CLOCK_MONOTONIC, 0), lambda: __import__("os").environ.update(TZ="../../etc/passwd") or time.tzset()):
    try:
        done.append(function())
    except (OSError, AttributeError):
        pass
assert not done, done
