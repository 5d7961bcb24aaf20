# expect: ok or ends crash
# needs: layout
# why: crafted bytecode reads all of the guest's memory, which must not hold data of other tenants
import opcode, re, struct
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
    text += [op["LOAD_CONST"], index & 255, op["RETURN_VALUE"], 0]
    code = code.replace(co_code=bytes(text))
    assert id(code.co_consts) + 16 == items
    f.__code__ = code
    keep.append(f)
    return f()
def memory(size):
    fake = struct.pack("<IIIIIIII", 1 << 30, id(bytearray), size, size + 1, 16, 16, 0, 0)
    slot = struct.pack("<I", id(fake) + 16) + b"\0\0\0\0"
    keep.extend([fake, slot])
    return load(id(slot) + 16)
whole = memory(16 << 20)
assert type(whole) is bytearray
for one, two in ((b"canary-6f1d0c52", b"-of-the-host"), (b"HOSTILE_", b"SECRET"), (b"/root/", b".cargo"), (b"ERYX_STORE", b"_DIR")):
    # The word itself, joined, is no match: a byte follows.
    found = re.findall(one + b"[" + two[:1] + b"]" + two[1:] + rb"[^\0]", whole)
    assert not found, found
