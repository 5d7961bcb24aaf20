# expect: ok
# why: a buffer that is exported must not be moved
b = bytearray(10)
m = memoryview(b)
for function in (lambda: b.extend(bytes(100)), lambda: b.clear(), lambda: b.pop(), lambda: b.__init__(100), lambda: b.__imul__(50)):
    try:
        function()
    except BufferError:
        continue
    raise AssertionError
m.release()
try:
    m[0]
    raise AssertionError
except ValueError:
    pass
