# expect: ok or raises RecursionError or ends crash
# why: a syntax tree that holds itself
import ast
n = ast.UnaryOp(ast.USub(), None, lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)
n.operand = n
for function in (lambda: compile(ast.Expression(n), "x", "eval"), lambda: ast.dump(n), lambda: ast.unparse(n), lambda: ast.fix_missing_locations(n)):
    try:
        function()
    except (RecursionError, TypeError, ValueError, MemoryError):
        pass
