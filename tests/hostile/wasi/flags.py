# expect: ok
# why: every combination of flags for opening
import os
for flags in range(1 << 16):
    try:
        os.close(os.open("/tmp/flags", flags << 12 | flags & 0xFFF))
    except (OSError, OverflowError):
        pass
for flags in (-1, 2**31 - 1, -2**31):
    for mode in (-1, 0, 2**31 - 1):
        try:
            os.close(os.open("/tmp/flags", flags, mode))
        except (OSError, OverflowError):
            pass
