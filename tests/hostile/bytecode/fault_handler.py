# expect: ok or ends crash, exit or ends wall-time
# spoils: session
# wall: 3
# why: the module that crashes on purpose
import faulthandler
for name in ("_read_null", "_sigfpe", "_sigabrt", "_sigsegv", "_stack_overflow", "_fatal_error_c_thread"):
    function = getattr(faulthandler, name, None)
    if function:
        try:
            function()
        except BaseException:
            pass
