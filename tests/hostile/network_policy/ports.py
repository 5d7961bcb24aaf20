# expect: ok
# needs: network, eryx
# why: ports beyond 16 bits must not be taken modulo
import _eryx_net
done = []
for number, port in enumerate((65536 + plain, 65536 + forbidden, 2**32 + forbidden, 2**32 - 1, -1, 0, forbidden)):
    try:
        _eryx_net.connect(900 + number, "127.0.0.1", port)
        _eryx_net.connected(900 + number, 10**9)
        # What is left of the first number after cutting it is the allowed port.
        if port % 65536 != plain:
            done.append(port)
    except (OSError, OverflowError, ValueError, RuntimeError):
        pass
assert not done, done
