# expect: ok or raises MemoryError, OSError
# why: a pair of sockets in memory has a bound on bytes in flight
import socket
a, b = socket.socketpair()
a.setblocking(False)
total = 0
try:
    while total < 200_000_000:
        total += a.send(b"x" * 100_000)
except BlockingIOError:
    pass
assert total < 200_000_000, total
