# expect: ok
# why: a hard link must not make a host file or the read-only tree writable
import os
for number, source in enumerate(("/usr/lib/python3.14/os.py", "/etc/passwd", canary)):
    target = f"/tmp/hard{number}"
    try:
        os.link(source, target)
    except (OSError, NotImplementedError):
        continue
    assert source.startswith("/usr"), source
    try:
        open(target, "a").write("x")
    except OSError:
        continue
    raise AssertionError(target)
