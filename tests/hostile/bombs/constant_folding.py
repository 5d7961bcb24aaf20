# expect: ok or raises MemoryError or ends wall-time, memory
# wall: 2
# why: the compiler computes constants itself
for text in ("2 ** 100_000_000", "'x' * 10**9", "(1,) * 10**9", "10 ** 10 ** 10", "'%1000000000d' % 1", "f'{1:1000000000}'", "1 << 10 ** 9"):
    try:
        compile(text, "x", "eval")
    except (MemoryError, OverflowError, ValueError):
        pass
