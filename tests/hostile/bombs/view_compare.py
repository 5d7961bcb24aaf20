# expect: ends wall-time
# wall: 0.2
# why: comparing views element by element
a = memoryview(bytes(16_000_000)).cast("d")
while True:
    a == memoryview(bytes(16_000_000)).cast("d")
