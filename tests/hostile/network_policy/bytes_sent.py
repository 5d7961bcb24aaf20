# expect: ok or ends wall-time
# needs: network
# wall: 20
# spoils: session
# why: bytes are counted on their way
import socket
s = socket.create_connection(("127.0.0.1", plain), 10)
sent = 0
try:
    while sent < 100 << 20:
        sent += s.send(b"POST / HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 500_000)
except OSError:
    pass
assert sent < 65 << 20, sent
