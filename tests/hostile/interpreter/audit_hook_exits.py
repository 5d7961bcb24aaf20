# expect: raises SystemExit, SystemError
# spoils: session
# why: a hook that exits
import sys
def hook(event, arguments):
    raise SystemExit(3)
sys.addaudithook(hook)
open("/tmp/x", "w")
