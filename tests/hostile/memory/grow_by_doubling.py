# expect: raises MemoryError or ends memory
# why: a text that doubles passes the limit in one step
x = "secret"
while True:
    x += x
