# expect: ok
# spoils: session
# why: redirecting the standard streams must not break the next execution
import os
fd = os.open("/tmp/out", os.O_CREAT | os.O_RDWR)
for target in (0, 1, 2):
    try:
        os.dup2(fd, target)
    except (OSError, AttributeError):
        pass
print("to whom it may concern")
