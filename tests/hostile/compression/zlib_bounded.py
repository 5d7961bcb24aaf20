# expect: ok
# why: unpacking piece by piece must work on the same stream
import zlib
packer = zlib.compressobj(9)
text = b"".join(packer.compress(bytes(1_000_000)) for _ in range(40)) + packer.flush()
unpacker, total = zlib.decompressobj(), 0
while text:
    total += len(unpacker.decompress(text, 1 << 20))
    text = unpacker.unconsumed_tail
assert total == 40_000_000, total
