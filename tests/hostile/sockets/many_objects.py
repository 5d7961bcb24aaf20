# expect: ok
# why: sockets that lead nowhere must not use up anything of the host
import select, socket
made = []
for number in range(20_000):
    try:
        made.append(socket.socket())
    except OSError:
        break
for one in made[:500]:
    try:
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", 80))
    except OSError:
        pass
try:
    select.select(made, made, made, 0)
except (OSError, ValueError):
    pass
