# expect: ends wall-time
# wall: 0.2
# why: text of a number, with the limit on digits lifted
import sys
sys.set_int_max_str_digits(0)
while True:
    str(1 << 3_000_000)
