# expect: ok
# spoils: session
# why: standard input is empty, and cannot be written
import os, sys
assert sys.stdin.read() == "" and os.read(0, 10) == b""
try:
    input()
    raise AssertionError
except EOFError:
    pass
try:
    os.write(0, b"x")
except OSError:
    pass
