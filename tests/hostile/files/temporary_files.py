# expect: ok
# why: the library's temporary files stay in memory
import os, tempfile
with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as named, tempfile.TemporaryFile() as file, tempfile.SpooledTemporaryFile(max_size=10) as spooled:
    assert folder.startswith(("/tmp", "/data")), folder
    for one in (named, file, spooled):
        one.write(b"x" * 100_000)
