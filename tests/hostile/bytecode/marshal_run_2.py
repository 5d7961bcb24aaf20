# expect: ok or ends crash, wall-time, memory, exit
# spoils: session
# wall: 3
# why: running code that was changed at random may do anything within the sandbox
import marshal, random
r = random.Random(2)
code = marshal.dumps(compile("a = 1\ndef f(a, b=2):\n  return [x * a for x in b]\nprint(f(2, [1, 2]))\nfor i in range(3): a += i", "x", "exec"))
for _ in range(1500):
    text = bytearray(code)
    for _ in range(r.randrange(1, 4)):
        text[r.randrange(len(text))] = r.randrange(256)
    try:
        made = marshal.loads(bytes(text))
    except BaseException:
        continue
    if isinstance(made, type(compile("1", "", "eval"))):
        try:
            exec(made, {})
        except BaseException:
            pass
print("survived")
