# expect: ok or raises MemoryError
# why: archives in archives
import gzip
text = bytes(10_000_000)
for _ in range(5):
    text = gzip.compress(text)
for _ in range(5):
    text = gzip.decompress(text)
assert len(text) == 10_000_000
