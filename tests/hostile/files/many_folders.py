# expect: ok
# why: the number of files and folders has a limit
import os
count = 0
try:
    for count in range(20_000):
        os.mkdir(f"/tmp/{count}")
except OSError:
    pass
assert 5_000 < count < 11_000, count
for name in os.listdir("/tmp"):
    os.rmdir("/tmp/" + name)
