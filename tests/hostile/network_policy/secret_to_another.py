# expect: ok
# needs: network
# why: a server of another name, with a good certificate, gets the placeholder
import os, socket, ssl
token = os.environ["TOKEN"]
context = ssl.create_default_context()
for name, host in (("evil.test", "good.test"), ("evil.test", "evil.test"), ("good.test", "evil.test")):
    with socket.create_connection(("127.0.0.1", secure), 10) as raw, context.wrap_socket(raw, server_hostname=name) as s:
        s.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n".encode())
        s.settimeout(5)
        answer = b""
        while token.encode() not in answer and (part := s.recv(65536)):
            answer += part
        assert token.encode() in answer, answer
