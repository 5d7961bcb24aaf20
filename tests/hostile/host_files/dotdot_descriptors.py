# expect: ok
# why: paths relative to an open folder must not lead out of the root either
import os
for folder in ("/", "/tmp", "/usr/lib", "/data"):
    fd = os.open(folder, os.O_RDONLY)
    for path in ("../etc/passwd", "../../etc/passwd", "../" * 50 + "etc/passwd", "/etc/passwd"):
        for function in (os.stat, lambda p, dir_fd: os.close(os.open(p, os.O_RDONLY, dir_fd=dir_fd))):
            try:
                function(path, dir_fd=fd)
            except (OSError, NotImplementedError):
                continue
            raise AssertionError((folder, path))
    os.close(fd)
