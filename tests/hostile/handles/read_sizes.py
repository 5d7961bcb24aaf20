# expect: ok or raises MemoryError, OverflowError
# why: the size of a read must not be allocated on the host
import os, sys
file = open("/usr/lib/python3.14/os.py", "rb", buffering=0)
for size in (2**31 - 1, 2**31, 2**32, 2**62, -1):
    for function in (lambda: file.read(size), lambda: os.read(file.fileno(), size), lambda: os.pread(file.fileno(), size, 0), lambda: sys.stdin.buffer.read(size)):
        try:
            assert len(function()) < 1 << 20
        except (MemoryError, OverflowError, OSError, ValueError):
            pass
