# expect: ok or ends exit, crash, wall-time
# spoils: session
# wall: 5
# why: every function of `os` with odd arguments must not panic on the host
import os
count = 0
for name in sorted(dir(os)):
    function = getattr(os, name)
    if name in ("_exit", "abort") or not callable(function) or isinstance(function, type):
        continue
    for arguments in (
        (), (0,), (-1,), ("x",), ("/tmp",), (2**31 - 1,), ("/tmp", "/data"), (1, 2), (3, 3), ("/tmp/q", 0o777), (3, b"x"), (3, 2**40),
        ("/tmp", -1, -1), (3, 0, 2**62), (0, 0, 0, 0), (b"\xff",), ("\0",), (None,), (3, 3, 0, 2**63 - 1),
    ):
        try:
            function(*arguments)
        except BaseException:
            count += 1
assert count > 1000, count
