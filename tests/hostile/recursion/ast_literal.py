# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: literals in literals
import ast
for text in ("(" * 200_000, "[" * 200_000 + "]" * 200_000, "-" * 100_000 + "1", "{" * 100_000, "1" + "+1" * 100_000):
    try:
        ast.literal_eval(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        pass
