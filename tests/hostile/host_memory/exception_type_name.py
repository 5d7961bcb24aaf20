# expect: raises Long or ends host-memory or raises MemoryError
# spoils: session
# why: the name of a type is text that the code chooses
Long = type("Long", (Exception,), {"__qualname__": "Long"})
raise Long("x" * 100)
