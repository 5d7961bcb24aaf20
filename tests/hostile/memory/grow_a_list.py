# expect: raises MemoryError or ends memory
# spoils: session
# why: growing until the limit is the plainest attack
x = []
while True:
    x.append(bytearray(1 << 20))
