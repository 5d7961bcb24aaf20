# expect: ok or raises RuntimeError, TypeError, AttributeError, SystemError or ends crash
# needs: eryx
# spoils: session
# why: every function of the guest's own modules, replaced
import sys
for name, module in list(sys.modules.items()):
    if name == "eryx" or name.startswith("eryx."):
        for what in list(vars(module)):
            if not what.startswith("__"):
                setattr(module, what, lambda *a, **k: "evil")
