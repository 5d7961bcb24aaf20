# expect: ok
# needs: callbacks
# why: the same at the end of a deep stack
def deep(n):
    return deep(n - 1) if n else nested("x = []\nfor _ in range(100000): x = [x]\nrepr(x)")
found = deep(800)
assert found in ("raises RecursionError", "ends crash", "ends memory", "raises MemoryError", "ends wall-time"), found
