# expect: ends wall-time or raises OSError, ValueError, RuntimeError
# wall: 0.15
# why: waiting for sockets that never become ready must end with the limit
import select, socket
a, b = socket.socketpair()
while True:
    select.select([a], [], [], None)
