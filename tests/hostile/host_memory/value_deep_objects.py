# expect: ok
# why: the same with objects in lists
x = 0
for _ in range(400):
    x = {"a": [x]}
x
