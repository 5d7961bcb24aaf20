# expect: ends wall-time, crash
# wall: 0.15
# why: a loop that never looks whether it is to stop
import opcode
op = opcode.opmap
f = lambda: 1
# Back to itself, without the instruction that looks for interruptions.
f.__code__ = f.__code__.replace(co_code=bytes([op["RESUME"], 0, op["NOP"], 0, op["NOP"], 0, op["JUMP_BACKWARD_NO_INTERRUPT"], 3, op["RETURN_VALUE"], 0]))
f()
