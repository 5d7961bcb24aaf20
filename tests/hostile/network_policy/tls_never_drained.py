# expect: ok
# needs: network, eryx
# why: unfetched records must not pile up on the host
import _eryx_net
total = 0
for number in range(20):
    try:
        _eryx_net.tls_open(number, "good.test", True, [], [], 0x303, 0x304)
        for _ in range(50):
            total += _eryx_net.tls_write(number, b"x" * 1_000_000)
    except OSError:
        pass
assert total < 100_000_000, total
