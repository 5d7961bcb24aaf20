# expect: ok
# why: all tenants share the packed tree, so it must not change
import os
paths = ("/usr/lib/python3.14/os.py", "/usr/lib/new", "/app/new", "/new", "/usr/lib/eryx/eryx/_session.py", "/usr", "/usr/lib")
before = os.stat("/usr/lib/python3.14/os.py")
done = []
for path in paths:
    for mode in ("w", "a", "r+", "x"):
        try:
            open(path, mode).write("changed")
            done.append((path, mode))
        except OSError:
            pass
    for function in (
        os.remove, os.rmdir, lambda p: os.rename(p, "/tmp/z"), lambda p: os.truncate(p, 0), lambda p: os.utime(p, (1, 1)),
        lambda p: os.rename("/tmp", p), lambda p: os.symlink("/tmp", p + "/link"), lambda p: os.link(p, p + "2"),
        lambda p: os.mkdir(p + "/folder"), lambda p: os.replace(p, p + ".old"),
    ):
        try:
            function(path)
            done.append((path, function))
        except (OSError, NotImplementedError):
            pass
assert not done, done
after = os.stat("/usr/lib/python3.14/os.py")
assert (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
