# expect: ends wall-time
# wall: 0.3
# why: a hash that is slow on purpose, in C
import hashlib
hashlib.pbkdf2_hmac("sha512", b"a", b"b", 10**9)
