# expect: ok or ends wall-time, memory, crash, exit or raises MemoryError, RecursionError
# spoils: session
# wall: 0.7
# why: every function of C's with odd arguments
import sys, builtins
skip = {"_exit", "abort", "breakpoint", "input", "exit", "quit", "_sigsegv", "_sigabrt", "sleep", "pause", "help"}
for name in sorted(sys.builtin_module_names):
    if name in ("faulthandler", "_signal", "signal", "_eryx", "_eryx_net", "_eryx_settings"):
        continue
    try:
        module = __import__(name)
    except ImportError:
        continue
    for what in dir(module):
        function = getattr(module, what, None)
        if what in skip or not callable(function):
            continue
        for arguments in ((), (None,), (-1,), (2**31,), ("x",), (b"\xff" * 9,), ([],), ({}, {}), (1, 2, 3), ("x", "y", None)):
            try:
                function(*arguments)
            except BaseException:
                pass
