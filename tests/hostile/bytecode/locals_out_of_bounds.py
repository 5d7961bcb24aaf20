# expect: ok or ends crash, wall-time, memory, exit
# spoils: session
# wall: 3
# why: a local variable far beyond the frame
import opcode
op = opcode.opmap
for number in range(0, 256, 8):
    f = lambda: 1
    f.__code__ = f.__code__.replace(co_code=bytes([op["RESUME"], 0, op["EXTENDED_ARG"], number, op["LOAD_FAST"], number, op["RETURN_VALUE"], 0]))
    try:
        type(f())
    except BaseException:
        pass
