# expect: ok or raises RuntimeError, BufferError, ValueError, IndexError, TypeError
# why: lists that change under a C loop are the classic way to use freed memory
class Evil:
    def __init__(self, target): self.target = target
    def __lt__(self, other): self.target.clear(); self.target.extend(range(100)); return True
    def __eq__(self, other): self.target.clear(); return False
    def __index__(self): self.target.clear(); return 3
    def __hash__(self): return 1
    def __repr__(self): self.target.clear(); return "evil"
    def __del__(self): self.target.append(1)
for action in (
    lambda x: x.sort(), lambda x: min(x), lambda x: x.index(None), lambda x: x.remove(None), lambda x: x.count(None), lambda x: repr(x),
    lambda x: x.__setitem__(slice(x[0], 9), [1]), lambda x: x == [None] * 50, lambda x: bytearray(x), lambda x: b"".join(x),
    lambda x: str.join("", x), lambda x: x * x[0], lambda x: dict.fromkeys(x), lambda x: set(x), lambda x: x.extend(x),
):
    x = []
    x.extend(Evil(x) for _ in range(50))
    try:
        action(x)
    except (ValueError, TypeError, RuntimeError, IndexError, MemoryError, AttributeError):
        pass
import bisect, heapq, functools, itertools, operator
for action in (lambda x: bisect.insort(x, Evil(x)), lambda x: heapq.heapify(x), lambda x: functools.reduce(max, x), lambda x: list(itertools.accumulate(x, max))):
    x = []
    x.extend(Evil(x) for _ in range(50))
    try:
        action(x)
    except (ValueError, TypeError, RuntimeError, IndexError):
        pass
