# expect: ok
# why: shifting by a number beyond memory
for number in (2**31, 2**40, 2**62):
    try:
        1 << number
    except (MemoryError, OverflowError):
        continue
    raise AssertionError(number)
