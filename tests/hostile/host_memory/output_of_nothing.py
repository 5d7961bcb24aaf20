# expect: ends wall-time or ends host-memory
# wall: 0.2
# why: writes of no bytes must not take memory of the host
import os
while True:
    os.write(1, b"")
