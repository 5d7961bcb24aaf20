# expect: raises MemoryError, E or ends memory
# why: and memory that is not there
kept = []
class E(Exception):
    def __str__(self):
        return "x" * 60_000_000
try:
    while True:
        kept.append(bytearray(100_000))
except MemoryError:
    raise E()
