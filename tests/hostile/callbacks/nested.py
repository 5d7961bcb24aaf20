# expect: ok
# needs: callbacks
# why: a function that runs code in another sandbox, which attacks in its turn
for code, end in (("1 + 1", "ok"), ("1 / 0", "raises ZeroDivisionError"), ("import os\nos._exit(3)", "ends exit"), ("import os\nos.abort()", "ends crash"), ("while True: pass", "ends wall-time"), ("x = []\nwhile True: x.append(bytearray(1 << 20))", "raises MemoryError")):
    found = nested(code)
    assert found in (end, "ends wall-time"), (code, found)
