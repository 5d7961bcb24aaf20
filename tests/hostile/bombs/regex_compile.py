# expect: ok or raises MemoryError, RecursionError, OverflowError, re.PatternError, error or ends wall-time, memory, crash
# wall: 0.4
# why: patterns whose compiled form is far larger than their text
import re
for pattern in ("(?:" * 5000 + "a" + "){1000}" * 5000, "(?:a{0,65535}){0,65535}" * 1000, "(" * 100_000 + ")" * 100_000, "[" + "a-z" * 300_000 + "]", "(?i:" + "[^x]" * 100_000 + ")"):
    try:
        re.compile(pattern)
    except (RecursionError, MemoryError, OverflowError, re.error):
        pass
