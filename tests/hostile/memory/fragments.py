# expect: ok or raises MemoryError
# why: holes between blocks must not make the limit pass or the interpreter fail
x = [bytearray(100_000) for _ in range(600)]
del x[::2]
try:
    y = [bytearray(150_000) for _ in range(500)]
except MemoryError:
    y = None
del x, y
assert len(bytearray(1 << 20)) == 1 << 20
