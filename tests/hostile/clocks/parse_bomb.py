# expect: ok or ends wall-time
# wall: 2
# why: formats become patterns
import datetime, time
for text, form in (("1" * 100_000, "%Y" * 1000), (" " * 50_000 + "x", "%a %b" * 50), ("2020" * 1000, "%Y%m%d" * 100)):
    try:
        time.strptime(text, form)
    except (ValueError, OverflowError, Exception):
        pass
