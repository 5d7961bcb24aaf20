# expect: ok
# why: holes count as if they were written
import os
total = 0
try:
    for number in range(100):
        with open(f"/tmp/{number}", "wb") as file:
            file.truncate(5_000_000)
        total += 5_000_000
except OSError:
    pass
assert total <= 68 << 20, total
for name in os.listdir("/tmp"):
    os.remove("/tmp/" + name)
