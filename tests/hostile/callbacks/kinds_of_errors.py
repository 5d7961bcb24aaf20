# expect: ok
# needs: callbacks
# why: the kind of an error names an exception; anything else must be the common one
seen = []
for kind in ("ValueError", "SystemExit", "KeyboardInterrupt", "BaseException", "eval", "print", "object", "Nope", "", "a\0b", "UnicodeDecodeError", "ExceptionGroup", "__import__", "__build_class__", "type", "MemoryError", "StopIteration", "GeneratorExit"):
    try:
        fail(kind, "message")
    except Exception as error:
        seen.append(type(error).__name__)
assert len(seen) == 18, seen
