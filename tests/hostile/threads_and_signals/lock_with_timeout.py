# expect: ok
# why: waiting for a lock that is never released must return at the time-out
import threading
lock = threading.Lock()
lock.acquire()
assert lock.acquire(timeout=0.05) is False
assert lock.acquire(blocking=False) is False
