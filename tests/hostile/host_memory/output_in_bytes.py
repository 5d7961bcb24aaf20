# expect: ends output-limit, wall-time or ends host-memory
# wall: 0.4
# why: many small writes must not cost more of the host than their bytes
import os
while True:
    os.write(1, b"xy")
    os.write(2, b"z")
