# expect: ok
# needs: network, eryx
# why: numbers of closed or unknown sockets must not reach a connection
import _eryx_net, socket
s = socket.create_connection(("127.0.0.1", plain), 10)
number = s.fileno()
s.close()
done = []
for one in (number, number + 1, 0, 1, 2**32 - 1):
    for function in (lambda: _eryx_net.send(one, b"x", 0), lambda: _eryx_net.receive(one, 10, False, 0), lambda: _eryx_net.connected(one, 0), lambda: _eryx_net.tls_read(one, 10), lambda: _eryx_net.tls_state(one)):
        try:
            done.append(function())
        except (OSError, OverflowError, ValueError, RuntimeError):
            pass
assert not done, done
