# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: the JSON encoder recurses in C
import json
x = []
for _ in range(300_000):
    x = [x]
json.dumps(x)
