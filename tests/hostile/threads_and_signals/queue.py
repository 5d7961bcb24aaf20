# expect: ends wall-time, crash or raises RuntimeError or ok
# wall: 0.15
# why: and for a queue, a barrier or a semaphore
import queue, threading
try:
    queue.Queue().get(timeout=0.05)
except queue.Empty:
    pass
threading.Semaphore(0).acquire(timeout=0.05)
try:
    threading.Barrier(2).wait(0.05)
except threading.BrokenBarrierError:
    pass
queue.SimpleQueue().get()
