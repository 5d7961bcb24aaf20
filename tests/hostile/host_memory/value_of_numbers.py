# expect: ok or raises MemoryError or ends host-memory, wall-time, memory
# wall: 15
# why: a digit and a comma in the guest are 32 bytes of the host's
[0] * 6_000_000
