# expect: ok
# why: all files together have a limit, and give it back
import os
total = 0
try:
    for number in range(200):
        with open(f"/tmp/{number}", "wb") as file:
            file.write(b"x" * 1_000_000)
        total += 1
except OSError:
    pass
assert 50 < total < 70, total
for name in os.listdir("/tmp"):
    os.remove("/tmp/" + name)
with open("/tmp/again", "wb") as file:
    file.write(b"x" * 30_000_000)
os.remove("/tmp/again")
