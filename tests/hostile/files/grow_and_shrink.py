# expect: ok
# why: truncated bytes are returned to the limit, once
import os
with open("/tmp/a", "wb", buffering=0) as file:
    for _ in range(500):
        file.truncate(60_000_000)
        file.truncate(0)
        file.truncate(10)
        file.truncate(0)
    file.truncate(60_000_000)
    try:
        open("/tmp/b", "wb", buffering=0).write(b"x" * 20_000_000)
    except OSError:
        pass
assert os.path.getsize("/tmp/b") < 10_000_000
for name in "ab":
    os.remove("/tmp/" + name)
