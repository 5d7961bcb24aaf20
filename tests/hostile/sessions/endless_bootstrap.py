# expect: ok or raises RecursionError or ends crash
# needs: eryx
# spoils: session
# why: without end
import sys
sys.setrecursionlimit(10**8)
import eryx._session as session
code = "session.execute(code, None, None, None)"
session.execute(code, None, None, None)
