# expect: ok
# why: all that can be reached from the root is the tree, /tmp, /data and /dev
import os
top = set(os.listdir("/"))
assert top <= {"usr", "app", "tmp", "data", "dev"}, top
count = 0
for folder, folders, files in os.walk("/"):
    count += len(files)
    assert count < 100_000
    for name in files:
        assert "canary" not in name, (folder, name)
assert count > 500, count
