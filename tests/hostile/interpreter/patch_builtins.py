# expect: ok or raises TypeError, NameError, SystemError or ends crash
# spoils: session
# why: built-in functions that are gone, which the bootstrap uses as well
import builtins
for name in list(vars(builtins)):
    if not name.startswith("__"):
        setattr(builtins, name, None)
