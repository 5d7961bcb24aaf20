# expect: raises MemoryError or ends memory, wall-time
# wall: 0.4
# spoils: session
# why: interned text lives as long as the interpreter
import sys
kept = []
n = 0
while True:
    kept.append(sys.intern("x" * 1000 + str(n)))
    n += 1
