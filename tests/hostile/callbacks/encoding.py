# expect: ok or raises KeyboardInterrupt
# needs: callbacks
# why: values whose encoding runs code of their own
class D(dict):
    def items(self):
        return [("value", "from items")] * 3
class S(str):
    def encode(self, *a):
        raise KeyboardInterrupt
for value in (D(), S("x"), float("nan"), 10**500, {1: 2}, [object()], {"\ud800": 1}, b"bytes", {(1, 2): 3}):
    try:
        echo(value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        pass
