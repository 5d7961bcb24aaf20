# expect: ok
# why: no descriptor of the host may be open in the guest
import os
found = []
for fd in [*range(3, 300), 1000, 4096, 2**31 - 1, -1, -5]:
    try:
        os.fstat(fd)
    except (OSError, OverflowError):
        continue
    try:
        text = os.read(fd, 100)
    except OSError:
        continue
    found.append((fd, text))
# The log of the flavour that goes on from a snapshot is empty.
assert not [one for one in found if one[1]], found
