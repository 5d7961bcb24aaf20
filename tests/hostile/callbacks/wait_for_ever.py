# expect: ends wall-time
# needs: callbacks, eryx
# wall: 0.15
# why: waiting for a call that never answers ends with the limit
import _eryx
_eryx.start("sleep", "[60000, {}]")
while True:
    _eryx.wait(None)
    _eryx.wait(2**64 - 1)
