# expect: ok or raises SystemExit, SystemError
# spoils: session
# why: or that exit when they are called
import builtins, sys
def evil(*a, **k):
    raise SystemExit("gotcha")
for name in ("type", "isinstance", "len", "getattr", "list", "dict", "str", "open", "print", "compile", "exec", "eval", "repr", "__import__", "iter", "next", "vars"):
    setattr(builtins, name, evil)
