# expect: ok
# why: times that are no times
import time
for number in (-1, float("nan"), float("inf"), 1e300, -1e300, "x", None):
    try:
        time.sleep(number)
    except (ValueError, OverflowError, TypeError):
        continue
    raise AssertionError(number)
