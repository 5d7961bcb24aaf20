# expect: ok or raises MemoryError, eryx.CallbackError or ends host-memory, wall-time, memory
# needs: callbacks, eryx
# wall: 5
# why: unfetched answers are bounded by their bytes, not by their number
import _eryx, time
text = '["' + "x" * 40_000_000 + '",{}]'
try:
    for _ in range(12):
        _eryx.start("echo", text)
except RuntimeError:
    pass
_eryx.wait(10**8)
time.sleep(0.2)
