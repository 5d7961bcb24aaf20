# expect: raises ValueError
# why: tracebacks made by hand
import types
try:
    1 / 0
except Exception as error:
    t = error.__traceback__
for number in range(3_000):
    t = types.TracebackType(t, t.tb_frame, 0, 2**31 - 1)
raise ValueError("x").with_traceback(t)
