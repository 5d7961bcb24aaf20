# expect: ok
# needs: callbacks, eryx
# why: calls in flight are limited by their number
import _eryx
started = []
try:
    for _ in range(5000):
        started.append(_eryx.start("sleep", "[50000, {}]"))
except RuntimeError:
    pass
assert 100 < len(started) <= 1000, len(started)
for number in started:
    _eryx.cancel(number)
assert _eryx.wait(0) is None
