# expect: ok or ends host-memory
# why: nesting is deeper than the host's parser goes: no overflow of the host's stack
x = 0
for _ in range(900):
    x = [x]
x
