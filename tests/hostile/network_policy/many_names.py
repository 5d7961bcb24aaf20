# expect: ok or raises MemoryError or ends host-memory, wall-time
# needs: network
# wall: 10
# spoils: session
# why: resolved names are kept for a while, and must be bounded
import socket
for number in range(20_000):
    try:
        socket.getaddrinfo("n" * 50 + "." + "m" * 60 + "." + "o" * 60 + f".{number}.test", 80)
    except OSError:
        pass
