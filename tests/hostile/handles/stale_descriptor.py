# expect: ok
# why: a closed descriptor must not refer to another file
import os
fd = os.open("/tmp/first", os.O_CREAT | os.O_RDWR)
file = os.fdopen(fd, "w", closefd=True)
os.close(fd)
other = os.open("/tmp/second", os.O_CREAT | os.O_RDWR)
file.write("x" * 10)
try:
    file.close()
except OSError:
    pass
assert os.stat("/tmp/first").st_size == 0
