# expect: ok or raises MemoryError, eryx.CallbackError or ends host-memory, wall-time, memory
# needs: callbacks, eryx
# wall: 5
# why: a thousand answers of a megabyte are as much as ten of a hundred
import _eryx, time
text = '["' + "x" * 1_000_000 + '",{}]'
try:
    for _ in range(1_500):
        _eryx.start("echo", text)
except RuntimeError:
    pass
time.sleep(0.2)
