# expect: ok
# needs: network
# why: a name that may be asked for leads only to addresses that may be reached
import socket
done = []
for name in ("inside.test", "metadata.test", "other.test", "good.test", "sub.good.test", "GOOD.TEST", "good.test.", "xn--good.test", "evil.example", "localhost", "127.0.0.1.test", "a" * 300 + ".test", "..test", ".test", "test", "*.test", "good.test\0.evil", "good。test"):
    for port in (forbidden, 80, 22):
        try:
            socket.create_connection((name, port), 2).close()
            done.append((name, port))
        except (OSError, UnicodeError, ValueError):
            pass
assert not done, done
