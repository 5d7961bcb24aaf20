# expect: ok
# why: the clock of the process must not be that of the host's process
import time
assert 0 <= time.process_time() < 600
try:
    assert 0 <= time.thread_time() < 600
except (OSError, AttributeError):
    pass
