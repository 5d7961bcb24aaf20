# expect: ok
# needs: network
# why: a server of another name, with a good certificate, gets the placeholder
import os, socket, ssl
token = os.environ["TOKEN"]
context = ssl.create_default_context()
for name, host in (("evil.test", "good.test"), ("evil.test", "evil.test"), ("good.test", "evil.test")):
    with socket.create_connection(("127.0.0.1", secure), 10) as raw, context.wrap_socket(raw, server_hostname=name) as s:
        s.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n".encode())
        answer = s.recv(65536) + s.recv(65536)
        assert token.encode() in answer, answer
