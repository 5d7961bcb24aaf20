# expect: raises MemoryError or ends host-memory, wall-time, memory
# wall: 15
# why: the same with lists
[[0]] * 3_000_000
