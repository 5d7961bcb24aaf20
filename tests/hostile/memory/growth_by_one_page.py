# expect: raises MemoryError or ends memory, wall-time
# wall: 5
# why: growing in the smallest steps that there are
x = []
while True:
    x.append(bytes(65_536 - 64))
