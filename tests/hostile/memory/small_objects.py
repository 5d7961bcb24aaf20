# expect: raises MemoryError or ends memory, crash, wall-time
# wall: 2
# why: a hundred million small objects are as much as one large one
x = None
while True:
    x = [x, {}]
