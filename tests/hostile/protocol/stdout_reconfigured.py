# expect: ok or raises UnicodeEncodeError, AttributeError, LookupError
# spoils: session
# why: streams with another encoding and another way to end lines
import sys
sys.stdout.reconfigure(encoding="utf-16", errors="surrogateescape", newline="\r", line_buffering=False, write_through=True)
print("x\ud800" * 10)
