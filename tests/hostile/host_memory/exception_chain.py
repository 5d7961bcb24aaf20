# expect: raises ValueError or ends host-memory, crash
# why: a long chain of causes must be cut
error = None
for number in range(30_000):
    new = ValueError(number)
    new.__cause__ = error
    error = new
raise error
