# expect: ok or ends crash, host-memory
# needs: eryx
# why: certificates that the guest hands over must not take more of the host than of the guest
import _eryx_net
certificate = b"x" * 20_000_000
try:
    _eryx_net.tls_open(1, "x", True, [], [certificate] * 500, 0x303, 0x304)
    raise AssertionError
except (OSError, MemoryError, ValueError, RuntimeError, TypeError):
    pass
