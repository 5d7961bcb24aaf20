# expect: raises MemoryError or ends memory, wall-time
# wall: 0.4
# why: suspended frames take memory
def g():
    x = yield
running = []
while True:
    one = g()
    next(one)
    running.append(one)
