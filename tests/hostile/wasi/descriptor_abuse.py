# expect: ok
# why: all calls on all numbers
import os
for fd in (*range(-3, 40), 1000, 2**31 - 1):
    if fd in (0, 1, 2):
        continue
    names = ("fstat", "fsync", "fdatasync", "isatty", "ttyname", "fstatvfs", "get_inheritable", "get_blocking", "device_encoding", "fchdir", "listdir")
    for function in (*[getattr(os, name) for name in names if hasattr(os, name)], lambda f: os.set_blocking(f, False), lambda f: os.lseek(f, -1, 2), lambda f: os.readv(f, [bytearray(10)]), lambda f: os.read(f, 0), lambda f: os.fpathconf(f, 1), lambda f: os.listdir(f)):
        try:
            function(fd)
        except (OSError, AttributeError, ValueError, OverflowError, NotImplementedError, TypeError):
            pass
