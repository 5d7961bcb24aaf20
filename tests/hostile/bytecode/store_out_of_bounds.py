# expect: ok or ends crash, wall-time, memory, exit
# spoils: session
# wall: 3
# why: writing a local variable beyond the frame overwrites memory of the guest
import opcode
op = opcode.opmap
for number in range(0, 256, 16):
    f = lambda: 1
    f.__code__ = f.__code__.replace(co_code=bytes([op["RESUME"], 0, op["LOAD_CONST"], 0, op["EXTENDED_ARG"], number, op["STORE_FAST"], number, op["LOAD_CONST"], 0, op["RETURN_VALUE"], 0]))
    try:
        f()
    except BaseException:
        pass
