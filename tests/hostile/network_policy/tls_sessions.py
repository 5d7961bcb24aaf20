# expect: ok
# needs: network, eryx
# why: sessions that are never closed
import _eryx_net
count = 0
try:
    for count in range(20_000):
        _eryx_net.tls_open(count, "good.test", True, [], [], 0x303, 0x304)
except (OSError, RuntimeError):
    pass
assert count < 20_000
