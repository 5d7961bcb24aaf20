# expect: ok
# needs: callbacks
# why: calls from finalisers and from the collector
import gc
class A:
    def __del__(self):
        echo(1)
for _ in range(500):
    a = A()
    a.me = a
del a
gc.collect()
