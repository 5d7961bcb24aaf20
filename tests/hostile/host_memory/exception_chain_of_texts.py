# expect: raises ValueError, MemoryError or ends host-memory
# why: one text in every exception of a chain is one copy for each on the host
text = "x" * 1_000_000
error = None
for number in range(1_000):
    new = ValueError(text)
    new.__cause__ = error
    error = new
raise error
