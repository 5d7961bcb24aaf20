# expect: ends wall-time
# wall: 0.15
# why: in small pieces too
import time
while True:
    time.sleep(0)
    time.sleep(1e-9)
