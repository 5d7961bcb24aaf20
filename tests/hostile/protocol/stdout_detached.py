# expect: ok or raises ValueError, AttributeError, UnsupportedOperation, io.UnsupportedOperation
# spoils: session
# why: and streams without their underlying buffers
import sys
for one in (sys.stdout, sys.stderr, sys.stdin):
    try:
        one.detach()
    except (ValueError, AttributeError, OSError):
        pass
