# expect: ok or raises MemoryError or ends crash, exit, memory
# why: pickles with bytes changed at random
import datetime, decimal, pickle, random
r = random.Random(5)
text = pickle.dumps([1, "x", {"a": (1.5, None)}, b"bytes", {1, 2}, datetime.datetime(2020, 1, 1), decimal.Decimal("1.5"), range(5), [[]] * 3], 4)
for _ in range(5000):
    made = bytearray(text)
    for _ in range(r.randrange(1, 5)):
        made[r.randrange(len(made))] = r.randrange(256)
    try:
        repr(pickle.loads(bytes(made)))
    except Exception:
        pass
