# expect: ok
# spoils: session
# why: every built-in module can be imported without harm
import sys
for name in sys.builtin_module_names:
    try:
        __import__(name)
    except ImportError:
        pass
