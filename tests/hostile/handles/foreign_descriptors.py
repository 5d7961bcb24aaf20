# expect: ok
# why: no descriptor of the host may be open in the guest
import os, stat
for fd in [*range(3, 300), 1000, 4096, 2**31 - 1, -1, -5]:
    try:
        mode = os.fstat(fd).st_mode
        text = b"" if stat.S_ISDIR(mode) else os.pread(fd, 1000, 0)
    except (OSError, OverflowError):
        continue
    # In a session and in a copy, those of the code before.
    assert stat.S_ISREG(mode) or stat.S_ISDIR(mode), (fd, mode)
    assert b"canary" not in text and b"ELF" not in text, (fd, text)
