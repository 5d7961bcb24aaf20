# expect: ok or ends wall-time
# wall: 10
# why: thousands of folders in each other must not take the host's stack
import os, shutil
path = "/tmp"
try:
    for _ in range(1500):
        path += "/d"
        os.mkdir(path)
except OSError:
    pass
try:
    shutil.rmtree("/tmp/d")
except (OSError, RecursionError):
    pass
