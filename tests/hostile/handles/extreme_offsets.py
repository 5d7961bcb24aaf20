# expect: ok
# why: offsets at the ends of their range must be errors, without a panic or an allocation of the host
import os
f = os.open("/tmp/t", os.O_CREAT | os.O_RDWR)
g = os.open("/usr/lib/python3.14/os.py", os.O_RDONLY)
a = os.open("/tmp/t", os.O_RDWR | os.O_APPEND)
def attempt(function, *arguments):
    try:
        function(*arguments)
    except (OSError, OverflowError, MemoryError, AttributeError, ValueError):
        pass
for offset in (2**31, 2**32, 2**63 - 1, 2**63 - 2, -1, -2**63):
    attempt(os.pread, f, 10, offset)
    attempt(os.pwrite, f, b"xy", offset)
    attempt(os.lseek, f, offset, 0)
    attempt(os.read, f, 1)
    attempt(os.write, f, b"z")
    attempt(os.ftruncate, f, offset)
    attempt(os.posix_fallocate, f, 0, offset)
    attempt(os.posix_fadvise, f, offset, offset, 1)
    attempt(os.posix_fallocate, f, offset, offset)
    attempt(os.lseek, g, offset, 0)
    attempt(os.read, g, 100)
    attempt(os.lseek, a, offset, 1)
    attempt(os.write, a, b"x")
    attempt(os.lseek, f, offset, 2)
    attempt(os.write, f, b"abcdef")
assert os.fstat(f).st_size < 65 << 20, os.fstat(f).st_size
