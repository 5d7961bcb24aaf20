# expect: ok
# needs: network
# why: connections are limited at once
import socket
made = []
try:
    for _ in range(200):
        made.append(socket.create_connection(("127.0.0.1", plain), 10))
except OSError:
    pass
assert 1 < len(made) <= 16, len(made)
