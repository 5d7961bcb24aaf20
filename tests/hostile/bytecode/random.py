# expect: ok or ends crash, wall-time, memory, exit
# spoils: session
# wall: 3
# why: random bytecode
import random
f = lambda a=1, b=2: a + b
original = f.__code__
for seed in range(3000):
    r = random.Random(seed)
    f.__code__ = original.replace(co_code=bytes(r.randrange(256) for _ in range(40)), co_stacksize=50)
    try:
        f()
    except BaseException:
        pass
print("survived")
