# expect: ok or raises MemoryError, SyntaxError, RecursionError or ends memory, wall-time
# wall: 5
# why: a source of megabytes that needs no deep nesting
exec("x = [" + "'abc', " * 300_000 + "]")
exec("\n" * 3_000_000 + "y = 1")
