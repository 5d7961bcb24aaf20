# expect: raises ValueError or ends host-memory
# why: the message of an exception is copied to the host
raise ValueError("x" * 20_000_000)
