# expect: ok or ends crash or raises SystemError, TypeError, AttributeError
# needs: layout
# spoils: session
# why: an object that claims to be of a type made of bytes calls functions by indices of the code's choice
import opcode, struct
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
# A type whose every slot is function number 5.
kind = struct.pack("<II", 1 << 30, id(type)) + struct.pack("<I", 5) * 200
fake = struct.pack("<IIIIIIII", 1 << 30, id(kind) + 16, 0, 0, 0, 0, 0, 0)
slot = struct.pack("<I", id(fake) + 16) + b"\0\0\0\0"
keep.extend([kind, fake, slot])
one = load(id(slot) + 16)
repr(one)
