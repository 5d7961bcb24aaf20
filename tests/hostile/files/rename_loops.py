# expect: ok
# why: a folder cannot be moved into itself
import os
os.makedirs("/tmp/a/b/c")
for source, target in (("/tmp/a", "/tmp/a/b/c/d"), ("/tmp/a", "/tmp/a"), ("/tmp/a/b", "/tmp/a/b/c/../../b/c/x"), ("/tmp/a", "/tmp/a/b"), ("/tmp", "/tmp/a"), ("/tmp/a/b", "/tmp/a")):
    try:
        os.rename(source, target)
        assert source == target, (source, target)
    except OSError:
        pass
assert [folder for folder, *_ in os.walk("/tmp/a")] == ["/tmp/a", "/tmp/a/b", "/tmp/a/b/c"]
import shutil
shutil.rmtree("/tmp/a")
