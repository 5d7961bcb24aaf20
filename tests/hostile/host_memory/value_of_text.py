# expect: ok or raises MemoryError or ends host-memory, memory
# why: one long text is copied once or twice by the host
"x" * 30_000_000
