# expect: ends wall-time, crash or raises RuntimeError or ok
# wall: 0.15
# why: so must waiting for an event
import threading
threading.Event().wait()
