# expect: ends wall-time
# wall: 0.2
# why: searching text is quadratic at worst
s = "a" * 10_000_000
while True:
    ("a" * 3_000_000 + "b") in s
