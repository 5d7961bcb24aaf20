# expect: raises SystemExit
# why: while leaving by an exception does not
import sys
sys.exit(3)
