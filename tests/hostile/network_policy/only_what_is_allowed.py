# expect: ok
# needs: network
# why: one server is allowed; no spelling of an address leads to another
import socket, urllib.request
assert b"GET /x" in urllib.request.urlopen(f"http://127.0.0.1:{plain}/x", timeout=10).read()
done = []
for address, port in (
    ("127.0.0.1", forbidden), ("::ffff:127.0.0.1", forbidden), ("127.0.0.2", forbidden), ("0.0.0.0", forbidden), ("::1", forbidden), ("::", forbidden),
    ("localhost", forbidden), ("127.1", forbidden), ("2130706433", forbidden), ("0x7f.1", forbidden), ("0177.0.0.1", forbidden), ("127.0.0.1.", forbidden),
    ("169.254.169.254", 80), ("10.0.0.1", plain), ("::ffff:7f00:1", forbidden), ("64:ff9b::7f00:1", forbidden), ("2002:7f00:1::", forbidden), ("fe80::1", forbidden),
    ("127.0.0.1 ", forbidden), ("127.0.0.1\0.test", forbidden), ("①②⑦.0.0.1", forbidden), ("127。0。0。1", forbidden), ("", forbidden), ("[::1]", forbidden), ("127.0.0.1%lo", forbidden),
):
    try:
        socket.create_connection((address, port), 2).close()
        done.append(address)
    except (OSError, UnicodeError, ValueError):
        pass
assert not done, done
