# expect: ends wall-time
# wall: 0.15
# why: sleeping counts as time
import time
time.sleep(10**9)
