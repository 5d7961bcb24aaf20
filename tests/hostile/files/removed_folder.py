# expect: ok
# why: a folder that was removed while it is open and listed
import os
os.mkdir("/tmp/gone")
open("/tmp/gone/file", "w").close()
fd = os.open("/tmp/gone", os.O_RDONLY)
listing = os.scandir("/tmp/gone")
os.remove("/tmp/gone/file")
os.rmdir("/tmp/gone")
for function in (lambda: os.open("new", os.O_CREAT | os.O_RDWR, dir_fd=fd), lambda: os.mkdir("new", dir_fd=fd), lambda: list(listing), lambda: os.stat("..", dir_fd=fd), lambda: os.listdir(fd)):
    try:
        function()
    except (OSError, NotImplementedError, TypeError):
        pass
assert not os.path.exists("/tmp/gone")
os.close(fd)
