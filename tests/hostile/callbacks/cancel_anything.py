# expect: ok
# needs: callbacks, eryx
# why: numbers of calls are the code's to choose
import _eryx
for number in (0, 1, 2**32, 2**63, 2**64 - 1):
    _eryx.cancel(number)
for wrong in (-1, 2**64, None, "x"):
    try:
        _eryx.cancel(wrong)
        raise AssertionError
    except (OverflowError, TypeError):
        pass
one = _eryx.start("sleep", "[10000, {}]")
for _ in range(1000):
    _eryx.cancel(one)
assert _eryx.wait(0) is None
