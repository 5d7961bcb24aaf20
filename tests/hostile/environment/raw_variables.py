# expect: ok
# why: the C library's own table must be as empty as Python's
import os, posix
assert not posix.environ, posix.environ
for function in ("reload_environ",):
    if hasattr(os, function):
        getattr(os, function)()
assert "HOSTILE_SECRET" not in os.environ and "PATH" not in os.environ, dict(os.environ)
import sysconfig, site
text = repr(sysconfig.get_paths()) + repr(site.PREFIXES) + os.path.expanduser("~") + os.path.expandvars("$HOME $PATH")
assert "hostile" not in text and "/root" not in text, text
