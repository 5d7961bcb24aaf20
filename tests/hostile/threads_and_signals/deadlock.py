# expect: ends wall-time, crash or raises RuntimeError or ok
# wall: 0.15
# why: waiting for a lock that is never released must end with the limit
import threading
lock = threading.Lock()
lock.acquire()
lock.acquire()
