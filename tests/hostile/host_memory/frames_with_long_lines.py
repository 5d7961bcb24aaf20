# expect: raises ZeroDivisionError, MemoryError or ends host-memory, memory
# why: each frame carries its source line
import linecache
line = "x" * 1_000_000
linecache.cache["<long>"] = (len(line), None, [line + "\n"] * 5, "<long>")
exec(compile("def f(n):\n    return f(n - 1) if n else 1 / 0\nf(150)", "<long>", "exec"))
