# expect: ok
# spoils: session
# why: functions for the end of the interpreter, which never has an end
import atexit, os, weakref
for _ in range(10_000):
    atexit.register(os._exit, 9)
class A:
    pass
a = A()
weakref.finalize(a, os._exit, 9)
