# expect: ends wall-time
# wall: 0.3
# why: drawing without end
import os
while True:
    os.urandom(1 << 20)
