# expect: ok
# why: locks, maps and controls of files must be refused or stay in the guest
import os
fd = os.open("/tmp/file", os.O_CREAT | os.O_RDWR)
os.write(fd, b"x" * 5000)
done = []
for function in (
    lambda: os.lockf(fd, os.F_LOCK, 0), lambda: __import__("fcntl").flock(fd, 2), lambda: __import__("fcntl").ioctl(fd, 0x5401, b"\0" * 100),
    lambda: __import__("mmap").mmap(fd, 5000), lambda: __import__("mmap").mmap(-1, 1 << 40), lambda: os.memfd_create("x"),
    lambda: os.eventfd(0), lambda: os.pidfd_open(1), lambda: os.copy_file_range(fd, fd, 10), lambda: os.sendfile(1, fd, 0, 10),
    lambda: os.splice(fd, fd, 10), lambda: os.openpty(), lambda: os.setns(fd), lambda: os.unshare(0),
):
    try:
        done.append(function())
    except (OSError, AttributeError, ImportError, NotImplementedError, ValueError):
        pass
assert not done, done
