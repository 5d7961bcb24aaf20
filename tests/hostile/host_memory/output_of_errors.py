# expect: ends output-limit
# why: both streams count together
import sys
while True:
    sys.stderr.write("x" * (1 << 20))
    sys.stdout.write("x" * (1 << 20))
