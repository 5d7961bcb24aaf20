# expect: raises MemoryError or ends host-memory, wall-time, memory
# wall: 15
# why: a reference to a small dictionary takes a few bytes, and the map that it becomes on the host hundreds
[{'': 0}] * 1_500_000
