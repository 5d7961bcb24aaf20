# expect: ends wall-time
# wall: 0.2
# why: the same without code of Python's in the loop
{n * (2**31 - 1) * 2**29: None for n in range(200_000)} and [{n * (2**61 - 1): 0 for n in range(1, 100_000)} for _ in range(10_000)]
