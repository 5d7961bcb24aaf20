# expect: raises MemoryError, RecursionError or ends memory, wall-time, crash
# wall: 0.4
# why: an exception that is raised again and again carries a longer traceback each time
error = ValueError()
def f():
    raise error
while True:
    try:
        f()
    except ValueError:
        pass
