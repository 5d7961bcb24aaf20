# expect: ok or ends crash, wall-time, memory or raises SystemError, MemoryError, OSError, UnicodeDecodeError
# needs: layout, eryx
# spoils: session
# wall: 3
# why: the host must check data when it reads it, and must not trust the guest's memory afterwards
import _eryx, opcode, struct
op = opcode.opmap
keep = []
def load(address):
    f = lambda: 1
    code = f.__code__.replace(co_consts=(None,))
    items = id(code.co_consts) + 16
    index = ((address - items) // 4) & 0xFFFFFFFF
    text = [op["RESUME"], 0]
    for shift in (24, 16, 8):
        text += [op["EXTENDED_ARG"], (index >> shift) & 255]
    code = code.replace(co_code=bytes(text + [op["LOAD_CONST"], index & 255, op["RETURN_VALUE"], 0]))
    f.__code__ = code
    keep.append(f)
    return f()
def view(start, size):
    fake = struct.pack("<IIIIIIII", 1 << 30, id(bytearray), size, size + 1, start, start, 0, 0)
    slot = struct.pack("<I", id(fake) + 16) + b"\0\0\0\0"
    keep.extend([fake, slot])
    return load(id(slot) + 16)
# A buffer that begins in memory and ends past it.
for start, size in ((16, 2**31 - 64), (120 << 20, 64 << 20), (2**31 - 65536, 60_000)):
    try:
        _eryx.write(1, view(start, size))
    except (MemoryError, OSError):
        pass
