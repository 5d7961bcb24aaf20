# expect: ok
# needs: eryx
# why: the host's function for output takes two streams, whatever number it is given
import _eryx
for number in (0, 1, 2, 3, -1, 99, 2**31 - 1):
    assert _eryx.write(number, b"x\n") == 2
for wrong in ("text", None, 5, memoryview(b"abcd")[::2]):
    try:
        _eryx.write(1, wrong)
    except (TypeError, BufferError):
        pass
for size in (2**31 - 1, 2**31, 2**62, -1, 2**100):
    try:
        assert _eryx.read(size) == b""
    except OverflowError:
        pass
