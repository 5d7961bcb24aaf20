# expect: ok or raises TypeError, ValueError, AttributeError, RuntimeError, IndexError, SystemError or ends crash
# needs: eryx
# spoils: session
# why: a tuple without its parts
import eryx._session
eryx._session.to_json = lambda value: ("a",)
1
