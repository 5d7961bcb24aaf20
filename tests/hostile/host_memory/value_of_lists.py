# expect: raises MemoryError or ends host-memory, wall-time, memory
# wall: 2
# why: the same with lists
[[0]] * 6_000_000
