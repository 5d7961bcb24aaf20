# expect: ok
# why: links in a circle must be an error and not a hang
import os
try:
    os.symlink("/tmp/b", "/tmp/a")
    os.symlink("/tmp/a", "/tmp/b")
    for number in range(300):
        os.symlink(f"/tmp/c{number}", f"/tmp/c{number + 1}")
except OSError:
    pass
for path in ("/tmp/a", "/tmp/c300"):
    try:
        open(path).read()
    except OSError:
        continue
    raise AssertionError(path)
