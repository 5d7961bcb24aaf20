# expect: ok or ends wall-time
# wall: 1
# spoils: session
# why: a reset forgets names, whose finalisers run code
import os
class A:
    def __del__(self):
        global again
        again = A()
        raise SystemExit(3)
a = [A() for _ in range(100)]
