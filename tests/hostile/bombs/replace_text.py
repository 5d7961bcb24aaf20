# expect: raises MemoryError, OverflowError or ends wall-time, memory
# wall: 1
# why: replacing each letter by a long text
s = "a" * 1_000_000
while True:
    s.replace("a", s)
