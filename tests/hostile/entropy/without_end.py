# expect: ends wall-time
# wall: 0.15
# why: drawing without end
import os
while True:
    os.urandom(1 << 20)
