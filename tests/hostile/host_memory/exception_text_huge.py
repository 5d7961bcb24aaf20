# expect: raises ValueError, MemoryError or ends host-memory, memory
# why: a message near the limit must not be held several times by the host
raise ValueError("x" * 50_000_000)
