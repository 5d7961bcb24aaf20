# expect: raises MemoryError or ends memory
# spoils: session
# why: no setting of Python's may lift the limit
import gc, sys
gc.disable()
gc.set_threshold(0)
sys.setswitchinterval(1000)
sys.set_int_max_str_digits(0)
x = []
while True:
    y = [bytearray(1 << 20)]
    y.append(y)
    x.append(y)
