# expect: ok
# spoils: session
# why: files that Python reads at its start must not be read from where code can write
import os
for path in ("/tmp/python314._pth", "/tmp/pyvenv.cfg", "/tmp/evil.pth", "/data/sitecustomize.py"):
    open(path, "w").write("import os; os._exit(9)")
import site, sys
for path in ("/tmp", "/data"):
    try:
        site.addsitedir("/nonexistent")
    except Exception:
        pass
assert site.ENABLE_USER_SITE in (False, None), site.ENABLE_USER_SITE
assert not any(p.startswith(("/tmp", "/data")) for p in sys.path), sys.path
