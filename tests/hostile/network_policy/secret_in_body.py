# expect: ok
# needs: network
# why: the host must not replace placeholders in a body, with any framing
import os, socket, ssl
token = os.environ["TOKEN"]
context = ssl.create_default_context()
for body in (
    f"POST / HTTP/1.1\r\nHost: good.test\r\nContent-Length: {len(token)}\r\n\r\n{token}",
    f"POST / HTTP/1.1\r\nHost: good.test\r\nContent-Length: 500\r\n\r\nGET / HTTP/1.1\r\nHost: good.test\r\nX: {token}\r\n\r\n".ljust(600),
):
    with socket.create_connection(("good.test", secure), 10) as raw, context.wrap_socket(raw, server_hostname="good.test") as s:
        s.settimeout(0.5)
        s.sendall(body.encode())
        answer = b""
        try:
            while part := s.recv(65536):
                answer += part
                if len(answer) > 400:
                    break
        except OSError:
            pass
        assert b"secret-93a7b1e4" not in answer, answer
