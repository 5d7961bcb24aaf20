# expect: ok or raises MemoryError, eryx.CallbackError or ends host-memory, wall-time, memory
# needs: callbacks, eryx
# wall: 5
# why: arguments of calls in flight are held as values, which are larger than their text
import _eryx, time
text = "[[" + "{}," * 300_000 + "{}],{}]"
try:
    for _ in range(30):
        _eryx.start("echo", text)
except RuntimeError:
    pass
time.sleep(0.2)
