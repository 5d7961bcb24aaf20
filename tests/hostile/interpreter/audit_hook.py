# expect: ok or raises RuntimeError
# spoils: session
# why: an audit hook cannot be removed, and runs before many steps of the bootstrap
import sys
def hook(event, arguments):
    raise RuntimeError("no " + event)
sys.addaudithook(hook)
