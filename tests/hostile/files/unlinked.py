# expect: ok
# why: files that were removed while they are open count until they are closed
import os
files, total = [], 0
try:
    for _ in range(100):
        file = open("/tmp/u", "wb", buffering=0)
        os.unlink("/tmp/u")
        files.append(file)
        total += file.write(b"x" * 2_000_000)
except OSError:
    pass
assert total <= 68 << 20, total
for file in files:
    file.close()
with open("/tmp/again", "wb") as file:
    file.write(b"x" * 30_000_000)
os.remove("/tmp/again")
