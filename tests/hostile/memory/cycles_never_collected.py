# expect: raises MemoryError or ends memory, wall-time
# wall: 1
# spoils: session
# why: garbage in circles with the collector off is memory like any other
import gc
gc.disable()
while True:
    x = [bytearray(100_000)]
    x.append(x)
