# expect: ok or raises MemoryError
# why: random bytes are made by the host, and bounded
import os, secrets
for size in (0, 1, 1 << 20, (1 << 20) + 1, 30_000_000):
    assert len(os.urandom(size)) == size
for size in (-1, 2**31, 2**62):
    try:
        os.urandom(size)
    except (ValueError, MemoryError, OverflowError, OSError):
        continue
    raise AssertionError(size)
