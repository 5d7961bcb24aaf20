# expect: ok or ends host-memory
# why: names of files are held by the host, and count
import os
count = 0
try:
    for number in range(20_000):
        open("/tmp/" + str(number).rjust(6, "0") + "a" * 3_000, "w").close()
        count += 1
except (OSError, MemoryError):
    pass
for name in os.listdir("/tmp"):
    if name.endswith("aaa"):
        os.remove("/tmp/" + name)
assert count < 20_000
