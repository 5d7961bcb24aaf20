# expect: raises ExceptionGroup or ends crash, host-memory
# why: groups in groups are a tree that the host must not descend for ever
error = ValueError(1)
for _ in range(5000):
    error = ExceptionGroup("g", [error])
raise error
