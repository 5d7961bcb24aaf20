# expect: ok or ends crash or raises RecursionError
# spoils: session
# why: callbacks of the collector that collect
import gc
gc.callbacks.append(lambda *a: gc.collect())
gc.callbacks.append(lambda *a: 1 / 0)
gc.set_threshold(1)
x = [[] for _ in range(10_000)]
gc.collect()
