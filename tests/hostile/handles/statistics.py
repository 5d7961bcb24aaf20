# expect: ok
# why: statistics of file systems must not reveal the host's disks
import os, shutil
for path in ("/", "/tmp", "/usr", "/dev/null"):
    try:
        found = os.statvfs(path)
    except (OSError, AttributeError, NotImplementedError):
        continue
    assert found.f_blocks * found.f_frsize < 1 << 30, found
for path in ("/proc/self/exe", "/proc/self/cwd", "/", "/tmp"):
    try:
        raise AssertionError(os.readlink(path))
    except (OSError, NotImplementedError):
        pass
try:
    assert shutil.disk_usage("/tmp").total < 1 << 30
except (OSError, AttributeError, NotImplementedError):
    pass
