# expect: ok
# needs: network, eryx
# why: verification cannot be turned off, and trust not be added
import _eryx_net, ssl, socket
context = ssl._create_unverified_context()
try:
    with socket.create_connection(("127.0.0.1", secure), 10) as raw:
        context.wrap_socket(raw, server_hostname="unknown.test")
    raise AssertionError
except OSError:
    pass
for number, settings in enumerate((("", False, [], []), ("unknown.test", False, [], []), ("good.test", True, ["x" * 300], []), ("good.test", True, [], [b"no certificate"]), ("\0", True, [], []), ("a" * 1000, True, [], []))):
    for versions in ((0x303, 0x304), (0, 0), (0x304, 0x303), (0xFFFF, 0xFFFF)):
        try:
            _eryx_net.tls_open(500 + number, *settings, *versions)
            _eryx_net.tls_close(500 + number)
        except (OSError, ValueError, TypeError, OverflowError, RuntimeError):
            pass
