# expect: ok or ends wall-time, crash, memory
# wall: 10
# why: sources that the parser accepts, but the compiler may not
for text in ("a" + ".b" * 100_000, "1" + "+1" * 100_000, "a" + "()" * 100_000, "[" + "1," * 500_000 + "]", "x = 1\n" * 100_000, "\n".join(f"def f{n}(): pass" for n in range(5_000))):
    try:
        compile(text, "x", "exec")
    except (SyntaxError, MemoryError, RecursionError, OverflowError):
        pass
