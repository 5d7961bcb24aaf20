# expect: ok
# needs: callbacks, eryx
# why: names that nobody registered must be errors, whatever they are
import eryx
for name in ("nope", "", ".", "..", "db", "db.", "db.read.", ".db.read", "db..read", "echo\0", "\ud800", "a" * 1_000_000, "__class__", "echo.__class__", "../echo", "db/read", "ECHO", "ｅｃｈｏ"):
    try:
        eryx.call(name, 1)
    except (RuntimeError, UnicodeEncodeError, MemoryError):
        continue
    raise AssertionError(name)
