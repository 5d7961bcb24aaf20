# expect: raises MemoryError or ends memory, wall-time
# wall: 2
# why: tables grow in steps that are multiples of their size
x = {}
n = 0
while True:
    x[n] = n
    n += 1
