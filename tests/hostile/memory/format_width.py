# expect: ok
# why: widths and precisions in formats must not be taken at their word
for text, arguments in (
    ("%*d", (2**31 - 2, 1)), ("%.*f", (2**31 - 2, 1)), ("%2147483647d", (1,)), ("%2147483648d", (1,)),
):
    try:
        text % arguments
    except (MemoryError, OverflowError, ValueError):
        continue
    raise AssertionError(text)
for text in ("{:>2147483647}", "{:2147483648}", "{:{:{:{:{}}}}}", "{0:99999999999999999999}"):
    try:
        text.format(1, 2, 3, 4, 5)
    except (MemoryError, OverflowError, ValueError):
        continue
    raise AssertionError(text)
