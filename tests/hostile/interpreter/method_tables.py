# expect: ok or ends crash, memory, wall-time or raises MemoryError
# wall: 5
# spoils: session
# why: every method of every built-in type with odd arguments
import random
r = random.Random(1)
values = [None, -1, 0, 2**31, 2**63, 1.5, float("nan"), "x", "\ud800", b"\xff", [], (), {}, set(), object(), int, len, ...]
made = [[1, 2], (1, 2), {"a": 1}, {1}, "text", b"bytes", bytearray(b"x"), 5, 1.5, range(5), slice(1), memoryview(b"x"), iter([1]), (x for x in [1]), type("T", (), {}), print, len]
for one in made:
    for name in dir(type(one)):
        if name in ("__init_subclass__", "__subclasshook__"):
            continue
        for _ in range(10):
            try:
                getattr(one, name)(*r.sample(values, r.randrange(4)))
            except BaseException:
                pass
