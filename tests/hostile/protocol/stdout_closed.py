# expect: ok or raises ValueError
# spoils: session
# why: streams that were closed
import sys
sys.stdout.close()
sys.stderr.close()
sys.__stdout__.close()
sys.stdin.close()
