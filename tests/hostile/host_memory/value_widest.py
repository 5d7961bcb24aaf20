# expect: ok or raises MemoryError or ends host-memory, wall-time, memory
# wall: 15
# why: the largest that fits into the guest
[{'': 0}] * 7_500_000
