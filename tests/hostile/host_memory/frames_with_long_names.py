# expect: raises ZeroDivisionError, RecursionError, MemoryError or ends host-memory, memory, crash
# why: a hundred frames with names of a megabyte are a hundred megabytes in the report
name = "f" * 300_000
code = f"def {name}(n):\n    if n: {name}(n - 1)\n    1 / 0\n{name}(150)"
exec(compile(code, "<" + "n" * 300_000 + ">", "exec"))
