# expect: ok or ends crash, wall-time, memory, exit
# spoils: session
# wall: 3
# why: random instructions that exist, with arguments that are small
import opcode, random
r = random.Random(11)
f = lambda a=1, b=2: [a, b, "text", 5.0]
original = f.__code__
ops = [number for number in opcode.opmap.values() if number < 256]
for _ in range(3000):
    code = [opcode.opmap["RESUME"], 0]
    for _ in range(20):
        code += [r.choice(ops), r.randrange(4)]
    f.__code__ = original.replace(co_code=bytes(code), co_stacksize=100)
    try:
        f()
    except BaseException:
        pass
print("survived")
