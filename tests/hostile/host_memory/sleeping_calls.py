# expect: ok or raises MemoryError, eryx.CallbackError or ends host-memory, wall-time, memory
# needs: callbacks, eryx
# wall: 5
# why: calls that wait hold their arguments
import _eryx
text = '[60000, "' + "x" * 2_000_000 + '", {}]'
try:
    for _ in range(400):
        _eryx.start("sleep", text)
except RuntimeError:
    pass
