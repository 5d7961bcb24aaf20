# expect: ok or raises ImportError, TypeError, AttributeError, ValueError
# needs: eryx
# spoils: session
# why: the functions that report running code to the host, called by the code itself
import _eryx_settings
for name in dir(_eryx_settings):
    function = getattr(_eryx_settings, name)
    if callable(function) and not name.startswith("__"):
        for arguments in ((), (1, "f" * 1_000_000, "g" * 1_000_000, 5), (9, "f", "g", -1), (0, "\ud800", "", 2**32), (None,) * 4):
            try:
                function(*arguments)
            except (TypeError, ValueError, OverflowError, UnicodeEncodeError):
                pass
