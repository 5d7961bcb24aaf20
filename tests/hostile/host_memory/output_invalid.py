# expect: ends output-limit or ends host-memory
# why: bytes that are not UTF-8 become three bytes each where they are replaced
import os
while True:
    os.write(1, b"\xff" * 65536)
