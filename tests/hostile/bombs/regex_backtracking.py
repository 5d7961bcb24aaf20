# expect: ends wall-time
# wall: 0.15
# why: a pattern that backtracks runs in C without looking at anything
import re
re.match(r"(a+)+$", "a" * 40 + "b")
