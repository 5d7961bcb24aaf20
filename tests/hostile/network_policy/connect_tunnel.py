# expect: ok
# needs: network
# why: code uses an allowed server as a proxy; the policy does not cover the server's own connections
import socket
s = socket.create_connection(("127.0.0.1", plain), 10)
s.sendall(f"CONNECT 127.0.0.1:{forbidden} HTTP/1.1\r\nHost: 127.0.0.1:{forbidden}\r\n\r\n".encode())
assert s.recv(100).startswith(b"HTTP/1.1 200")
s.sendall(b"hello\r\n")
s.close()
