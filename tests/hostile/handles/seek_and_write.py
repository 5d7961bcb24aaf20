# expect: ok
# why: a file with a hole of exabytes must be refused
import os
with open("/tmp/s", "w+b", buffering=0) as file:
    for number in (2**31, 2**40, 2**62, 2**63 - 1, -1):
        for whence in (0, 1, 2):
            for function in (lambda: file.seek(number, whence), lambda: file.write(b"x"), lambda: file.truncate(number)):
                try:
                    function()
                except (OSError, OverflowError, ValueError):
                    pass
assert os.stat("/tmp/s").st_size <= 64 << 20, os.stat("/tmp/s").st_size
