# expect: ok or raises MemoryError, SyntaxError, RecursionError or ends memory, wall-time
# wall: 5
# why: a source of megabytes that needs no deep nesting
exec("x = [" + "'abc', " * 60_000 + "]")
exec("\n" * 500_000 + "y = 1")
