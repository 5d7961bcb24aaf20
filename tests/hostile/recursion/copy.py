# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: copying recurses in Python and C
import copy
x = []
for _ in range(100_000):
    x = [x]
copy.deepcopy(x)
