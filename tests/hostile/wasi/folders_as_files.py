# expect: ok
# why: folders read and written as files, and files listed as folders
import os
open("/tmp/file", "w").close()
fd = os.open("/tmp", os.O_RDONLY)
for function in (lambda: os.read(fd, 10), lambda: os.write(fd, b"x"), lambda: os.ftruncate(fd, 0), lambda: os.lseek(fd, 10, 0), lambda: os.listdir("/tmp/file"), lambda: os.open("/tmp/file/x", os.O_CREAT), lambda: os.pread(fd, 10, 2**62), lambda: os.rmdir("/tmp/file"), lambda: os.remove("/usr/lib")):
    try:
        function()
        assert function.__code__.co_names[1] == "lseek", function.__code__.co_names
    except OSError:
        pass
os.close(fd)
