# expect: ok
# spoils: session
# why: modules whose class was changed, so that looking at them runs code
import sys
class Evil(type(sys)):
    def __getattribute__(self, name):
        raise MemoryError(name)
for name in ("json", "linecache", "traceback", "random"):
    module = sys.modules.get(name)
    if module is not None:
        try:
            module.__class__ = Evil
        except TypeError:
            pass
