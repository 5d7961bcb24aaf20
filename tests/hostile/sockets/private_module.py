# expect: ok
# needs: eryx
# why: below Python's module the host's functions must refuse as well
import _eryx_net
done = []
for function in (
    lambda: (_eryx_net.connect(1, "127.0.0.1", 22), _eryx_net.connected(1, 10**9)), lambda: _eryx_net.resolve("localhost"),
    lambda: _eryx_net.send(1, b"x", 0), lambda: _eryx_net.receive(1, 10, False, 0), lambda: _eryx_net.receive(2**32 - 1, 2**32 - 1, True, 0),
    lambda: _eryx_net.connect(2**32, "127.0.0.1", 22), lambda: _eryx_net.connect(-1, "127.0.0.1", -1), lambda: _eryx_net.connect(3, "\0", 0),
):
    try:
        done.append(function())
    except (OSError, OverflowError, ValueError, AttributeError, TypeError, RuntimeError):
        pass
assert not [one for one in done if one not in (None, b"")], done
