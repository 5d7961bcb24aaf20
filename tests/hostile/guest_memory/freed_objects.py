# expect: ok or ends crash or raises TypeError, AttributeError, SystemError
# needs: layout
# spoils: session
# why: an object that was freed and taken again under another type
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
for _ in range(200):
    x = [1, 2, 3]
    slot = struct.pack("<I", id(x)) + b"\0\0\0\0"
    keep.append(slot)
    del x
    y = {"a": 1}
    z = load(id(slot) + 16)
    repr(z)
