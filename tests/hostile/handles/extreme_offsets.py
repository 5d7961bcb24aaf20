# expect: ok
# why: offsets at the ends of their range must be errors, without a panic or an allocation of the host
import os
f = os.open("/tmp/t", os.O_CREAT | os.O_RDWR)
g = os.open("/usr/lib/python3.14/os.py", os.O_RDONLY)
a = os.open("/tmp/t", os.O_RDWR | os.O_APPEND)
def attempt(name, *arguments):
    try:
        getattr(os, name)(*arguments)
    except (OSError, OverflowError, MemoryError, AttributeError, ValueError):
        pass
for offset in (2**31, 2**32, 2**63 - 1, 2**63 - 2, -1, -2**63):
    attempt("pread", f, 10, offset)
    attempt("pwrite", f, b"xy", offset)
    attempt("lseek", f, offset, 0)
    attempt("read", f, 1)
    attempt("write", f, b"z")
    attempt("ftruncate", f, offset)
    attempt("posix_fallocate", f, 0, offset)
    attempt("posix_fadvise", f, offset, offset, 1)
    attempt("posix_fallocate", f, offset, offset)
    attempt("lseek", g, offset, 0)
    attempt("read", g, 100)
    attempt("lseek", a, offset, 1)
    attempt("write", a, b"x")
    attempt("lseek", f, offset, 2)
    attempt("write", f, b"abcdef")
assert os.fstat(f).st_size < 65 << 20, os.fstat(f).st_size
