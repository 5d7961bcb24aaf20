# expect: ok or raises OSError, AttributeError
# why: duplicates of descriptors must not get around the limit on open files
import os
fd = os.open("/tmp/file", os.O_CREAT | os.O_RDWR)
made = [fd]
try:
    while len(made) < 100_000:
        made.append(os.dup(fd))
except OSError:
    pass
for one in made:
    os.close(one)
assert os.open("/tmp/file", os.O_RDONLY) >= 0
