# expect: ok or ends crash or raises KeyError, AttributeError, NameError, ImportError, RuntimeError, TypeError, SystemError
# spoils: session
# why: the dictionaries of all modules, cleared
import gc, sys
for one in list(sys.modules.values()):
    if one is not None and one.__name__ != "__main__":
        try:
            vars(one).clear()
        except Exception:
            pass
sys.modules.clear()
