# expect: ends wall-time
# wall: 0.2
# why: keys that collide make a dictionary quadratic; the limit on time must hold in it
class Key:
    def __init__(self, n): self.n = n
    def __hash__(self): return 1
    def __eq__(self, other): return self.n == other.n
x = {Key(n) for n in range(1_000_000)}
