# expect: ok or ends host-memory
# why: the same with objects in lists
x = 0
for _ in range(400):
    x = {"a": [x]}
x
