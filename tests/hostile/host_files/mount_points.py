# expect: ok
# why: the places where files in memory are mounted cannot be moved, removed or replaced
import os
done = []
for path in ("/tmp", "/data", "/dev", "/dev/null", "/usr", "/"):
    for function in (
        os.rmdir, os.remove, lambda p: os.rename(p, "/tmp/moved"), lambda p: os.rename("/tmp", p), lambda p: os.replace(p, "/data/x"),
        lambda p: os.rename(p, p + "2"), lambda p: os.truncate(p, 0),
    ):
        try:
            function(path)
            if (path, function.__name__) not in (("/dev/null", "<lambda>"),) and not (path == "/tmp"):
                done.append((path, function))
        except (OSError, NotImplementedError):
            pass
assert set(os.listdir("/")) >= {"tmp", "data", "usr", "dev"}, os.listdir("/")
assert not done, done
