# expect: ends memory, wall-time
# wall: 1
# why: code that catches MemoryError for ever must be ended
x = []
while True:
    try:
        while True:
            x.append(bytearray(1 << 16))
    except MemoryError:
        pass
