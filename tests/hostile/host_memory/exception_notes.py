# expect: raises ValueError, MemoryError or ends host-memory, memory
# why: notes are a part of the traceback's text
error = ValueError("x")
for _ in range(10_000):
    error.add_note("n" * 5000)
raise error
