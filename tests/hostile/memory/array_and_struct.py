# expect: ok
# why: repeating arrays and packing formats must check for overflow
import array, struct
one = array.array("d", [0])
for number in (2**28, 2**31, 2**60):
    try:
        one * number
    except (MemoryError, OverflowError):
        continue
    raise AssertionError(number)
for text in ("2147483647d", "9" * 30 + "s", "4294967295x", "1000000000s", "268435456q"):
    try:
        struct.pack(text)
    except (struct.error, MemoryError, OverflowError):
        continue
    raise AssertionError(text)
