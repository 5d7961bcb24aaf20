# expect: ok
# spoils: session
# why: the state of the generator set to an invalid one
import random
for state in ((3, (0,) * 625, None), (3, (2**32 - 1,) * 624 + (624,), None), (3, (0,) * 624 + (-1,), None), (3, (0,) * 624 + (2**31,), None), (3, (1,), None), (5, (), None)):
    try:
        random.setstate(state)
        random.random()
        random.getrandbits(100)
    except (ValueError, TypeError, OverflowError, SystemError):
        pass
for size in (2**31 - 1, 2**62, -1):
    try:
        random.getrandbits(size)
    except (ValueError, MemoryError, OverflowError):
        pass
