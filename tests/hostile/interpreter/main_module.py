# expect: ok or raises SystemExit
# spoils: session
# why: the namespace of the session, replaced by an object that exits
import sys
class Main(type(sys)):
    def __getattribute__(self, name):
        raise SystemExit(name)
sys.modules["__main__"] = Main("__main__")
globals().clear()
