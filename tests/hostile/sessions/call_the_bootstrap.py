# expect: ok or raises RuntimeError, SystemError, TypeError, RecursionError or ends crash
# needs: eryx
# spoils: session
# why: an execution in an execution, by the bootstrap's own functions
import eryx._session as session
session.execute("x = 5", None, None, None)
assert session.execute("x + 1", "f", '{"y": 1}', None) == "6"
try:
    session.execute("session.reset()", None, None, None)
except NameError:
    pass
session.reset()
session.reset()
