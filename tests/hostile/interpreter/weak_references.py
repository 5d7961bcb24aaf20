# expect: ok
# why: callbacks of weak references that change objects during their destruction
import gc, weakref
class A:
    pass
def go(r):
    gc.collect()
    things.clear()
things = []
for _ in range(200):
    a = A()
    a.me = a
    things.append(weakref.ref(a, go))
    things.append(weakref.proxy(a, go))
del a
gc.collect()
d = weakref.WeakKeyDictionary()
keys = [A() for _ in range(1000)]
for key in keys:
    d[key] = key
for key in d:
    keys.clear()
    break
