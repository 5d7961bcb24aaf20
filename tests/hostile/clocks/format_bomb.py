# expect: ok or raises MemoryError, ValueError or ends memory
# why: formats of times that are far longer than their text
import time
for text in ("%c" * 1_000_000, "%1000000000Y", "%" * 1_000_001, "\ud800", "\0%Y"):
    try:
        time.strftime(text)
    except (ValueError, MemoryError, UnicodeEncodeError):
        pass
