# expect: ok
# why: without a policy every socket and every look-up is refused
import socket
done = []
for function in (
    lambda: socket.create_connection(("127.0.0.1", 22), 2), lambda: socket.create_connection(("::1", 22), 2),
    lambda: socket.create_connection(("169.254.169.254", 80), 2), lambda: socket.getaddrinfo("localhost", 80),
    lambda: socket.gethostbyname("example.com"), lambda: socket.gethostbyaddr("127.0.0.1"),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 53)),
    lambda: socket.socket(socket.AF_UNIX).connect("/var/run/docker.sock"), lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
    lambda: socket.create_server(("127.0.0.1", 0)), lambda: socket.fromfd(3, socket.AF_INET, socket.SOCK_STREAM),
    lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW), lambda: socket.socket(16, 3, 15), lambda: socket.if_nameindex(),
):
    try:
        done.append(function())
    except (OSError, AttributeError):
        pass
assert not done, done
