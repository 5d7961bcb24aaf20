# expect: ok or raises MemoryError
# why: a stream of kilobytes that unpacks to more than there is
import zlib
packer = zlib.compressobj(9)
text = b"".join(packer.compress(bytes(1_000_000)) for _ in range(135)) + packer.flush()
assert len(text) < 1 << 20
for function in (lambda: zlib.decompress(text), lambda: zlib.decompress(text, bufsize=2**31 - 1), lambda: zlib.decompressobj().decompress(text)):
    try:
        function()
    except (MemoryError, zlib.error):
        continue
    raise AssertionError
