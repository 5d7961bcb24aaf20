# expect: ok
# needs: layout
# why: uninitialised memory must not hold data of other tenants
import os
file = os.open("/usr/lib/python3.14/os.py", os.O_RDONLY)
for size in (1 << 16, 1 << 20, 8 << 20, 40 << 20):
    text = os.read(file, size)
    assert b"canary-6f1d0c52" not in text
