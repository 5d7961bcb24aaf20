# expect: ok or raises MemoryError or ends host-memory, wall-time, memory
# needs: eryx
# wall: 3
# why: lists that cross to the host are bounded by their number
import _eryx_net
for function in (
    lambda: _eryx_net.poll([(n, 3) for n in range(500_000)], 0, False), lambda: _eryx_net.tls_open(5, "x", True, ["h2"] * 500_000, [], 0x303, 0x304),
    lambda: _eryx_net.tls_open(6, "x" * 30_000_000, True, [], [], 0x303, 0x304), lambda: _eryx_net.resolve("x" * 30_000_000),
    lambda: _eryx_net.connect(7, "x" * 30_000_000, 80),
):
    try:
        function()
    except (OSError, MemoryError, TypeError, ValueError, OverflowError, RuntimeError, AttributeError):
        pass
