# expect: ok or ends crash, wall-time, memory, exit
# spoils: session
# wall: 3
# why: a constant with an index out of bounds is any word of memory
import opcode
op = opcode.opmap
f = lambda: 1
f.__code__ = f.__code__.replace(co_code=bytes([op["RESUME"], 0, op["EXTENDED_ARG"], 255, op["EXTENDED_ARG"], 255, op["LOAD_CONST"], 255, op["RETURN_VALUE"], 0]))
print(f())
