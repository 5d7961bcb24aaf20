# expect: ok or ends crash, wall-time, memory, exit
# spoils: session
# wall: 3
# why: marshalled code with bytes changed: reading it must at most crash the sandbox
import marshal, random
r = random.Random(1)
code = marshal.dumps(compile("def f(a, b=2):\n  return [x * a for x in b]\nclass C: y = 1", "x", "exec"))
for _ in range(5000):
    text = bytearray(code)
    for _ in range(r.randrange(1, 6)):
        text[r.randrange(len(text))] = r.randrange(256)
    try:
        marshal.loads(bytes(text))
    except BaseException:
        pass
print("survived")
