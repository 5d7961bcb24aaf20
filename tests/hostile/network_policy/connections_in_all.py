# expect: ok
# needs: network
# wall: 60
# spoils: session
# why: and in all
import socket
made = 0
try:
    for made in range(3000):
        socket.create_connection(("127.0.0.1", plain), 10).close()
except OSError:
    pass
assert made <= 1000, made
