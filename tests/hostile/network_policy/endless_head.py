# expect: ok or ends wall-time, host-memory
# needs: network
# wall: 10
# why: the head of a request to a server of a secret is read by the host, and must be bounded
import os, socket, ssl
context = ssl.create_default_context()
sent = 0
for start in (b"GET / HTTP/1.1\r\nHost: good.test\r\nX: ", b"", b"GET / HTTP/1.1\r\nHost: good.test\r\nTransfer-Encoding: chunked\r\n\r\n5;"):
    with socket.create_connection(("good.test", secure), 10) as raw, context.wrap_socket(raw, server_hostname="good.test") as s:
        s.settimeout(1)
        try:
            s.sendall(start)
            for _ in range(60):
                s.sendall(b"x" * 250_000)
                sent += 250_000
        except OSError:
            pass
