# expect: ok or ends crash, wall-time, memory, exit
# spoils: session
# wall: 3
# why: popping from an empty stack
import opcode
op = opcode.opmap
f = lambda: 1
f.__code__ = f.__code__.replace(co_code=bytes([op["RESUME"], 0] + [op["POP_TOP"], 0] * 2_000 + [op["LOAD_CONST"], 0, op["RETURN_VALUE"], 0]), co_stacksize=1)
f()
