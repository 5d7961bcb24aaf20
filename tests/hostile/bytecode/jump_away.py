# expect: ok or ends crash, wall-time, memory, exit
# spoils: session
# wall: 3
# why: jumping out of the code
import opcode
op = opcode.opmap
for jump in ("JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT"):
    f = lambda: 1
    f.__code__ = f.__code__.replace(co_code=bytes([op["RESUME"], 0, op["EXTENDED_ARG"], 40, op[jump], 0, op["RETURN_VALUE"], 0]))
    try:
        f()
    except BaseException:
        pass
