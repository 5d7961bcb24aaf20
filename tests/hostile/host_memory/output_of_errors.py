# expect: ends output-limit or ends host-memory
# why: both streams count together
import sys
while True:
    sys.stderr.write("x" * (1 << 20))
    sys.stdout.write("x" * (1 << 20))
