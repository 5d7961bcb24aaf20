# expect: ok or ends crash
# spoils: session
# why: everything that the collector knows, changed
import gc
for one in gc.get_objects():
    if type(one) is list and one is not gc.get_objects:
        try:
            one.clear()
        except Exception:
            pass
