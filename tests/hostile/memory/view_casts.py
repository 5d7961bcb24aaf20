# expect: ok
# why: views with odd shapes must stay within their buffer
b = bytearray(64)
m = memoryview(b)
done = []
for function in (
    lambda: m.cast("d").cast("B")[100], lambda: m.cast("B", [2**31, 2**31]), lambda: m.cast("B", [-1, -64]), lambda: m.cast("B", [8, 9]),
    lambda: m[::2].cast("d"), lambda: m[2**62], lambda: m[-2**62], lambda: m[2**31:2**32][0], lambda: m.cast("q")[8],
):
    try:
        done.append(function())
    except (ValueError, IndexError, TypeError, OverflowError):
        pass
assert not done, done
