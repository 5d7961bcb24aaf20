# expect: ok
# why: characters that are cut between two writes
import os
for byte in "x\u00e9\U0001f600".encode():
    os.write(1, bytes([byte]))
os.write(1, b"\xf0\x9f")
os.write(2, b"\x98")
