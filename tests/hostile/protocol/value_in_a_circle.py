# expect: ok
# why: a value that holds itself
x = []
x.append(x)
x
