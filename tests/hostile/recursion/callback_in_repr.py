# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# needs: callbacks
# why: a function of the host at the end of a C stack
class H:
    def __repr__(self):
        return str(echo(5))
for depth in range(2000, 60_000, 28_000):
    x = H()
    for _ in range(depth):
        x = [x]
    repr(x)
