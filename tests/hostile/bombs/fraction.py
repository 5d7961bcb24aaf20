# expect: ends wall-time
# wall: 0.15
# why: fractions whose terms double at each step
from fractions import Fraction
f = Fraction(1, 3)
while True:
    f = f * f + Fraction(1, 7)
