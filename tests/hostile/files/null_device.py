# expect: ok
# why: the null device is no file that could be cut, removed or replaced
import os
for function in (lambda: os.remove("/dev/null"), lambda: os.rename("/dev/null", "/tmp/null"), lambda: os.rename("/tmp", "/dev/null"), lambda: open("/dev/other", "w"), lambda: os.mkdir("/dev/folder")):
    try:
        function()
        raise AssertionError(function.__code__.co_consts)
    except OSError:
        pass
fd = os.open("/dev/null", os.O_RDWR)
os.write(fd, b"x" * 1000)
assert os.read(fd, 10) == b"" and os.fstat(fd).st_size == 0
os.close(fd)
