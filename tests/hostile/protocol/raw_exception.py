# expect: raises ValueError, TypeError, SystemError or ends crash
# needs: eryx
# spoils: session
# why: descriptions of exceptions that the bootstrap never gives
import gc, eryx._errors
f = eryx._errors.describe
f.__code__ = (lambda error: ("ValueError", 5, None, [()], [(1, 2, 3)], "x")).__code__
raise ValueError("x")
