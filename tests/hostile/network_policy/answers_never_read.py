# expect: ok
# needs: network
# why: unread bytes from a server must not pile up on the host
import socket
sockets = []
for _ in range(8):
    s = socket.create_connection(("127.0.0.1", plain), 10)
    s.settimeout(1)
    sockets.append(s)
    body = b"x" * 2_000_000
    try:
        s.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    except OSError:
        pass
