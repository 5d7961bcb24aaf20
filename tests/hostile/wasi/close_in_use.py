# expect: ok
# spoils: session
# why: closing a descriptor under a file, a listing and a relative path
import os
file = open("/tmp/file", "w+", buffering=1 << 20)
file.write("x" * 100)
os.close(file.fileno())
try:
    file.close()
except OSError:
    pass
listing = os.scandir("/usr/lib/python3.14")
next(listing)
for fd in range(3, 30):
    try:
        os.close(fd)
    except OSError:
        pass
try:
    list(listing)
except OSError:
    pass
try:
    os.stat("/usr/lib/python3.14/os.py")
except OSError:
    pass
