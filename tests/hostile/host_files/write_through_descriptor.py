# expect: ok
# why: a descriptor of the read-only tree must refuse every kind of write
import os
fd = os.open("/usr/lib/python3.14/os.py", os.O_RDONLY)
done = []
for function in (
    lambda: os.write(fd, b"x"), lambda: os.pwrite(fd, b"x", 0), lambda: os.ftruncate(fd, 0), lambda: os.fchmod(fd, 0o777),
    lambda: os.posix_fallocate(fd, 0, 100), lambda: os.utime(fd, (1, 1)), lambda: os.writev(fd, [b"x"]),
    lambda: os.open("/usr/lib/python3.14/os.py", os.O_WRONLY), lambda: os.open("/usr/lib/python3.14/os.py", os.O_RDONLY | os.O_TRUNC),
    lambda: os.open("/usr/lib/python3.14/os.py", os.O_RDWR | os.O_APPEND), lambda: os.open("/usr/lib/z", os.O_CREAT | os.O_RDONLY),
):
    try:
        function()
        done.append(function.__code__.co_names)
    except (OSError, AttributeError, NotImplementedError):
        pass
text = os.pread(fd, 1 << 20, 0)
assert not done, done
assert len(text) > 10_000 and text.startswith(b"r\""), (len(text), text[:10])
