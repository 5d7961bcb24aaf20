# expect: ok or raises MemoryError or ends host-memory
# why: the name of its type is text of the code's as well
type("T" * 20_000_000, (), {})()
