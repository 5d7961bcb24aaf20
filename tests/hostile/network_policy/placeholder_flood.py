# expect: ok or ends output-limit, wall-time
# needs: network
# wall: 10
# why: output is searched for secrets; a text that is nearly one, millions of times, must not cost more than others
near = "secret-93a7b1e4-of-the-polic"
for _ in range(10):
    print(near * 50_000)
print("s" * 1_000_000)
