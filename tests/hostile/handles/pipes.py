# expect: ok or raises OSError, AttributeError or ends wall-time
# wall: 0.2
# why: a pipe without a reader must not take memory of the host
import os
reader, writer = os.pipe()
for _ in range(10_000):
    os.write(writer, b"x" * 65536)
