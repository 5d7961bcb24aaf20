# expect: raises ExceptionGroup, MemoryError or ends host-memory, memory
# why: a wide group must be cut
raise ExceptionGroup("g", [ValueError("x" * 1000)] * 30_000)
