# expect: ok or raises MemoryError or ends crash
# why: lengths in a binary format, read by native code; where the package is there
try:
    import msgpack
except ImportError:
    msgpack = None
if msgpack:
    for text in (b"\xdd\xff\xff\xff\xff", b"\xdf\x7f\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\x91" * 100_000, b"\x81\xa1a" * 100_000, b"\xc7\xff\xff" + b"x" * 300, b"\xdb\x7f\xff\xff\xffx"):
        try:
            msgpack.unpackb(text, strict_map_key=False)
        except (ValueError, MemoryError, RecursionError, msgpack.exceptions.UnpackException):
            pass
    x = []
    for _ in range(100_000):
        x = [x]
    try:
        msgpack.packb(x)
    except (ValueError, RecursionError):
        pass
