# expect: ok or raises TypeError or ends crash
# needs: eryx
# spoils: session
# why: the function that makes exceptions of errors, replaced
import _eryx
for function in (None, 5, lambda *a: 5, lambda *a: object, lambda *a: 1 / 0, _eryx.set_callback_error, lambda *a: ValueError, lambda *a: BaseException("x")):
    _eryx.set_callback_error(function)
    try:
        _eryx.call("nope", "{}")
    except BaseException:
        pass
