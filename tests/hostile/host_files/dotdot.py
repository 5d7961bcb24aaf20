# expect: ok
# why: `..` must never lead out of the root
import os
root = os.stat("/")
for path in (
    "../../../../etc/passwd", "/usr/../../../../etc/passwd", "/tmp/../../../etc/passwd", "/tmp/..//..//etc/passwd",
    "./../../etc/passwd", "/tmp/x/../../../../etc/shadow", "/tmp/./../etc", "/..//etc", "/usr/lib/../../../../../etc",
):
    try:
        os.stat(path)
    except OSError:
        continue
    raise AssertionError(path)
for path in ("/..", "/../..", "/../../../../..", "/tmp/..", "/tmp/../.."):
    try:
        assert os.path.samestat(os.stat(path), root), path
        found = os.listdir(path)
    except PermissionError:
        continue
    assert "etc" not in found and "proc" not in found, found
