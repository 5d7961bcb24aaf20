# expect: ok or raises MemoryError or ends host-memory, wall-time, memory
# needs: eryx
# wall: 15
# why: the text of the arguments can be anything
import _eryx
for name in ("nope", "echo"):
    try:
        _eryx.call(name, "[" + "{}," * 3_000_000 + "{}]")
    except (RuntimeError, MemoryError, TypeError):
        pass
