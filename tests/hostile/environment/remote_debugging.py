# expect: ok
# why: the debugger's door (PEP 768) must lead nowhere
import sys
for pid in (0, 1, 2, 42, -1):
    try:
        sys.remote_exec(pid, "/tmp/script.py")
    except (AttributeError, OSError, RuntimeError, NotImplementedError, ValueError, PermissionError):
        continue
    raise AssertionError(pid)
