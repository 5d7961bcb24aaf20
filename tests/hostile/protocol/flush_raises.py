# expect: ok or raises ValueError, KeyboardInterrupt
# spoils: session
# why: the bootstrap flushes at the end of each execution
import sys
class Stream:
    def __init__(self, one): self.one = one
    def __getattr__(self, name): return getattr(self.one, name)
    def flush(self): raise KeyboardInterrupt("in flush")
sys.stdout = Stream(sys.stdout)
print("x")
