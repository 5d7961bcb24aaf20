# expect: ok
# needs: callbacks, eryx
# why: arguments that are no JSON, or none that the function has
import _eryx
for text in ("", "{", "[", "nul", "5", '"x"', "[]", "[5]", "{}", '{"value": 1, "value": 2}', "[1, 2, 3, {}]", '[1, {"value": 2}]', "{" * 1000, "\ud800", "[1e999, {}]", '["\\ud800", {}]', "\0", "[" * 100_000, "1 2"):
    for name in ("sleep", "db.read", "fail"):
        try:
            _eryx.call(name, text)
        except (RuntimeError, UnicodeEncodeError, TypeError, ValueError):
            continue
        assert text in ("",), (name, text)
