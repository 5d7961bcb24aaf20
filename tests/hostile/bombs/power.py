# expect: ends wall-time or raises MemoryError or ends memory
# wall: 0.2
# why: one operation on numbers that takes hours
10 ** (10**9)
