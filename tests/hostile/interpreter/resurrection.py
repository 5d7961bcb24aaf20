# expect: ok
# why: objects that come back from their finaliser
kept = []
class A:
    def __del__(self):
        kept.append(self)
for _ in range(1000):
    A()
import gc, weakref
for one in kept:
    weakref.ref(one, lambda r: kept.append(r))
kept.clear()
gc.collect()
