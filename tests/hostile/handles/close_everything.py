# expect: ok or raises OSError
# spoils: session
# why: closing descriptors that the C library keeps must not reach the host
import os
for fd in range(64):
    try:
        os.close(fd)
    except OSError:
        pass
os.closerange(0, 10_000)
try:
    os.listdir("/")
except OSError:
    pass
