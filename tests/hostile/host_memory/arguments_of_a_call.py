# expect: ok or raises MemoryError, eryx.CallbackError or ends host-memory, wall-time, memory
# needs: callbacks
# wall: 15
# why: arguments are parsed by the host as values are
try:
    echo([{'': 0}] * 1_000_000)
except MemoryError:
    pass
