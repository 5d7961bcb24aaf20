# expect: ok or raises RuntimeError, TypeError
# needs: eryx
# spoils: session
# why: code that registers functions for the start of each copy
import eryx
def evil():
    raise SystemExit("at the start of a copy")
eryx.at_start(evil)
