# expect: ok
# needs: callbacks, eryx
# why: any unregistered name must be an error
import eryx
for name in ("nope", "", ".", "..", "db", "db.", "db.read.", ".db.read", "db..read", "echo\0", "\ud800", "a" * 1_000_000, "__class__", "echo.__class__", "../echo", "db/read", "ECHO", "ｅｃｈｏ"):
    try:
        eryx.call(name, 1)
    except (RuntimeError, UnicodeEncodeError, MemoryError):
        continue
    raise AssertionError(name)
