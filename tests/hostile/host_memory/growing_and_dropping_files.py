# expect: ok or ends host-memory
# why: memory of files that were removed goes back
import os
for _ in range(40):
    with open("/tmp/large", "wb") as file:
        file.write(b"x" * 40_000_000)
    os.remove("/tmp/large")
