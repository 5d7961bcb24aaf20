# expect: ends wall-time
# wall: 0.2
# why: mathematics in C
import math
while True:
    math.factorial(200_000)
    math.comb(10**6, 5 * 10**5)
