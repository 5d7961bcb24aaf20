# expect: ok
# needs: callbacks, eryx
# why: the description of functions must not depend on the queries
import _eryx, eryx
for name in ("echo", "nope", "", "\0", "x" * 1_000_000, "db", "db.read"):
    found = _eryx.describe(name)
    assert (found is None) == (name not in ("echo", "db.read")), (name, found)
help_text = [callback.name for callback in eryx.callbacks()]
assert "echo" in help_text and "db.read" in help_text
