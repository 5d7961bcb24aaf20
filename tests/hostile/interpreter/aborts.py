# expect: ends crash
# why: so does aborting
import os
os.abort()
