# expect: ok
# needs: network, eryx
# why: records that no server sent
import _eryx_net, random
r = random.Random(1)
for number in range(30):
    try:
        _eryx_net.tls_open(number, "good.test", True, [], [], 0x303, 0x304)
    except OSError:
        continue
    for _ in range(20):
        for function in (lambda: _eryx_net.tls_feed(number, r.randbytes(r.randrange(20_000))), lambda: _eryx_net.tls_feed(number, b"\x16\x03\x03\xff\xff" + bytes(1000)), lambda: _eryx_net.tls_drain(number, r.randrange(2**32)), lambda: _eryx_net.tls_read(number, 2**32 - 1), lambda: _eryx_net.tls_write(number, bytes(1 << 20)), lambda: _eryx_net.tls_state(number), lambda: _eryx_net.tls_finish(number), lambda: _eryx_net.tls_certificates(number)):
            try:
                function()
            except (OSError, ValueError, RuntimeError, OverflowError):
                pass
