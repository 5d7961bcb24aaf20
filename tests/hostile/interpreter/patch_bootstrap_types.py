# expect: ok or raises RuntimeError, TypeError, AttributeError, SystemError or ends crash
# needs: eryx
# spoils: session
# why: the same with values of the wrong type
import sys
for name, module in list(sys.modules.items()):
    if name == "eryx" or name.startswith("eryx."):
        for number, what in enumerate(list(vars(module))):
            if not what.startswith("__"):
                setattr(module, what, (None, 5, "x", [], object())[number % 5])
