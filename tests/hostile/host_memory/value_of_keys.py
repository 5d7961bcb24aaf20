# expect: ok or raises MemoryError or ends host-memory, memory, wall-time
# wall: 15
# why: a map of many keys is larger on the host than its text
{str(n): n for n in range(300_000)}
