# expect: ok or ends crash, wall-time, memory, exit
# spoils: session
# wall: 3
# why: generators with code of others
import types
def g():
    yield 1
def f():
    return 2
async def h():
    pass
for one, other in ((g, f), (f, g), (h, g), (g, h), (h, f)):
    try:
        made = types.FunctionType(one.__code__.replace(co_flags=other.__code__.co_flags), {})
        result = made()
        for name in ("send", "throw", "close", "__next__"):
            try:
                getattr(result, name)(None)
            except BaseException:
                pass
    except BaseException:
        pass
