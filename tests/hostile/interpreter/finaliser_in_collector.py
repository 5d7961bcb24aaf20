# expect: ends wall-time
# wall: 0.15
# why: nor one that the collector calls
import gc
class A:
    def __del__(self):
        while True:
            pass
a = A()
a.x = a
del a
gc.collect()
