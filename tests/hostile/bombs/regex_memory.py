# expect: raises MemoryError or ends memory, wall-time or ok
# wall: 2
# why: a match that keeps a mark for every repetition
import re
re.match("(?:(a)|b)*", "ab" * 10_000_000)
