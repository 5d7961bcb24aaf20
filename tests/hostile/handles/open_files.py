# expect: ok
# why: open files are limited, and can be opened again when some are closed
import errno
files = []
try:
    while True:
        files.append(open("/usr/lib/python3.14/os.py"))
except OSError as error:
    assert error.errno == errno.EMFILE, error
assert 100 < len(files) < 300, len(files)
files.clear()
open("/usr/lib/python3.14/os.py").close()
