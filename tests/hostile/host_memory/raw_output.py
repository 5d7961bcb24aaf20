# expect: ends output-limit or ends host-memory
# needs: eryx
# why: the host's function for output counts as well
import _eryx
while True:
    _eryx.write(1, b"x" * (1 << 20))
