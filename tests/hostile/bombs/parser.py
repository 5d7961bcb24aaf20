# expect: ok or ends wall-time, crash, memory
# wall: 15
# why: sources that are deep or long must be an error of the parser
import ast
for text in (
    "(" * 200_000, "-" * 200_000 + "1", "[" * 200_000, "a" + ".b" * 200_000, "a" + "()" * 100_000, "1" + "+1" * 100_000, "lambda:" * 100_000 + "1",
    "not " * 100_000 + "1", "~" * 100_000 + "1", "a if b else " * 50_000 + "c", 'f"{' * 50_000, "x=" * 100_000 + "1", "1**" * 100_000 + "1",
    "await " * 50_000 + "x", "[*" * 50_000, "{**" * 50_000, "if 1:\n" + " if 1:\n" * 100, "\\\n" * 100_000, "a" * 1_000_000, "#" * 1_000_000,
):
    try:
        ast.parse(text)
    except (SyntaxError, MemoryError, RecursionError, ValueError, OverflowError):
        pass
