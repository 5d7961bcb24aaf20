# expect: ends exit
# why: leaving without unwinding ends the sandbox
import os
os._exit(3)
