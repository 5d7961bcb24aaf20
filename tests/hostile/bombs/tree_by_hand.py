# expect: ok or raises RecursionError or ends crash
# why: a syntax tree that no parser made, deeper than any
import ast
n = ast.Constant(1)
for _ in range(60_000):
    n = ast.UnaryOp(ast.USub(), n)
n.lineno = 1
try:
    compile(ast.Expression(n), "x", "eval")
except (TypeError, RecursionError, ValueError, MemoryError):
    pass
