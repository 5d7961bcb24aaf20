# expect: ok or raises MemoryError, ValueError or ends memory
# why: formats of times that are far longer than their text
import time
for text in ("%c" * 20_000, "%1000000000Y", "%" * 100_001, "\ud800", "\0%Y"):
    try:
        time.strftime(text)
    except (ValueError, MemoryError, UnicodeEncodeError):
        pass
