# expect: ok or ends host-memory
# why: a write at the far end of each of many files must not take more than the limit on files
import os
files = []
try:
    for number in range(200):
        fd = os.open(f"/tmp/far{number}", os.O_CREAT | os.O_RDWR)
        files.append(fd)
        os.pwrite(fd, b"x", 300_000 * (number + 1))
except OSError:
    pass
for fd in files:
    os.close(fd)
for name in os.listdir("/tmp"):
    os.remove("/tmp/" + name)
