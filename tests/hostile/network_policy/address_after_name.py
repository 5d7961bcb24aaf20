# expect: ok
# needs: network
# why: an address from a name is allowed at the name's ports only, and to this interpreter only
import socket
for name in ("inside.test", "metadata.test", "other.test"):
    try:
        socket.getaddrinfo(name, 80)
    except OSError:
        pass
for address in ("10.0.0.1", "169.254.169.254", "127.0.0.2"):
    for port in (80, plain, forbidden):
        try:
            socket.create_connection((address, port), 1)
            raise AssertionError((address, port))
        except OSError:
            pass
