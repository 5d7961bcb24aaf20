# expect: ends wall-time
# wall: 0.2
# why: one multiplication of numbers with many digits
x = 3 ** 5_000_000
while True:
    x * x
