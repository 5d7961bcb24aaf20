# expect: ok or ends crash, wall-time, memory, exit
# spoils: session
# wall: 3
# why: words after the constants taken for objects
import opcode
op = opcode.opmap
for number in range(200, 256):
    f = lambda: 1
    f.__code__ = f.__code__.replace(co_code=bytes([op["RESUME"], 0, op["LOAD_CONST"], number, op["RETURN_VALUE"], 0]))
    try:
        type(f()).__name__
    except BaseException:
        pass
