# expect: ends wall-time
# wall: 0.15
# why: hashing in C
import hashlib
while True:
    hashlib.sha3_512(bytes(10_000_000)).hexdigest()
    hashlib.shake_256(b"x").digest(10_000_000)
