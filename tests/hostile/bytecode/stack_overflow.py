# expect: ok or ends crash, wall-time, memory, exit
# spoils: session
# wall: 3
# why: pushing without end past the frame
import opcode
op = opcode.opmap
f = lambda: 1
f.__code__ = f.__code__.replace(co_code=bytes([op["RESUME"], 0] + [op["LOAD_CONST"], 0] * 200_000 + [op["RETURN_VALUE"], 0]), co_stacksize=1)
f()
