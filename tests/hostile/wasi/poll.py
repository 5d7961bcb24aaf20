# expect: ok or ends wall-time
# wall: 1
# why: waiting for descriptors that are files, closed, or no descriptors
import os, select, selectors
fd = os.open("/tmp/file", os.O_CREAT | os.O_RDWR)
for descriptors in ([fd], [0], [1, 2], [50], [-1], [2**31], [fd] * 10_000, list(range(1000))):
    try:
        select.select(descriptors, descriptors, descriptors, 0)
    except (OSError, ValueError, TypeError, OverflowError):
        pass
    try:
        p = select.poll()
        for one in descriptors[:100]:
            p.register(one)
        p.poll(0)
    except (OSError, ValueError, AttributeError, OverflowError):
        pass
