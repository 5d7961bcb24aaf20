# expect: raises MemoryError or ends host-memory, wall-time, memory
# wall: 2
# why: three million references to a small dictionary are three million maps on the host
[{'': 0}] * 3_000_000
