# expect: ok
# why: allocations beyond the limit are MemoryError, and not the host's
for number in (2**31 - 1, 2**31, 2**32, 2**40, 2**62):
    for make in (
        lambda n: bytes(n), lambda n: bytearray(n), lambda n: [0] * n, lambda n: "x" * n, lambda n: (0,) * n,
        lambda n: memoryview(bytes(n)), lambda n: range(n)[::1] and list(range(n)), lambda n: 1 << (n * 8), lambda n: b"".ljust(n),
        lambda n: "".zfill(n), lambda n: bytearray(b"x").center(n),
    ):
        try:
            make(number)
        except (MemoryError, OverflowError, ValueError):
            continue
        raise AssertionError(number)
