# expect: ok or raises RuntimeError
# spoils: session
# why: an audit hook cannot be removed, and is asked before much that the bootstrap does
import sys
def hook(event, arguments):
    raise RuntimeError("no " + event)
sys.addaudithook(hook)
