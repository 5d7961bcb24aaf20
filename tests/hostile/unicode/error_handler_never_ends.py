# expect: ends wall-time, memory or raises MemoryError
# spoils: session
# wall: 0.2
# why: and one that never moves on
import codecs
codecs.register_error("again", lambda error: ("", error.start))
while True:
    "ab\ud800cd".encode("ascii", "again")
