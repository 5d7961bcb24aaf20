# expect: ok
# why: paths that no kernel would take
import os
for path in ("", "\0", "a\0b", "/\udcff", "/" + "../" * 20_000 + "etc", "//", "///tmp", "/tmp//", "/tmp/.", "/tmp/..", ".", "..", "~", "C:\\x", "/tmp/\n", "/dev/fd/0", "/tmp/" + "a/" * 5_000, "/" + "a" * 1_000_000, b"\xff\xfe", "/tmp/" + "\u202e" * 200):
    for function in (os.stat, os.listdir, os.mkdir, os.remove, open, os.readlink, os.rmdir, os.chdir, os.scandir, lambda p: os.rename(p, p + "x"), lambda p: os.symlink(p, "/tmp/s")):
        try:
            function(path)
        except (OSError, ValueError, MemoryError, NotImplementedError, UnicodeError, TypeError):
            pass
for name in os.listdir("/tmp"):
    try:
        os.rmdir("/tmp/" + name)
    except OSError:
        try:
            os.remove("/tmp/" + name)
        except OSError:
            pass
