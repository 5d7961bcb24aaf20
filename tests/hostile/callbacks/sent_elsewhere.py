# expect: ok
# needs: callbacks
# why: functions of the host's, pickled, copied, subclassed, and called in odd ways
import copy, functools, pickle
assert pickle.loads(pickle.dumps(echo)) is echo
for function in (lambda: copy.copy(echo)(1), lambda: copy.deepcopy(echo)(1), lambda: type(echo)("nope")(1), lambda: type(echo)(5)(1), lambda: type(echo)("\ud800")(1), lambda: echo.__class__.__call__(None, 1), lambda: functools.partial(echo, 1)(), lambda: object.__new__(type(echo))(1), lambda: setattr(echo, "__qualname__", "db.read") or echo("x")):
    try:
        function()
    except (RuntimeError, TypeError, AttributeError, UnicodeEncodeError):
        pass
echo.__qualname__ = "echo"
