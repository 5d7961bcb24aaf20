# expect: ok or ends wall-time, host-memory
# needs: network
# wall: 10
# why: so must the number of headers, and of requests on one connection
import os, socket, ssl
token = os.environ["TOKEN"]
context = ssl.create_default_context()
for text in (b"GET / HTTP/1.1\r\nHost: good.test\r\n" + f"X: {token}\r\n".encode() * 50_000 + b"\r\n", b"GET / HTTP/1.1\r\nHost: good.test\r\n\r\n" * 20_000):
    with socket.create_connection(("good.test", secure), 10) as raw, context.wrap_socket(raw, server_hostname="good.test") as s:
        s.settimeout(0.3)
        try:
            s.sendall(text)
        except OSError:
            pass
