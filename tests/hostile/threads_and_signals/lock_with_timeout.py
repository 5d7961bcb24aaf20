# expect: ok
# why: waiting for a lock that nobody gives back must come back at the time-out
import threading
lock = threading.Lock()
lock.acquire()
assert lock.acquire(timeout=0.05) is False
assert lock.acquire(blocking=False) is False
