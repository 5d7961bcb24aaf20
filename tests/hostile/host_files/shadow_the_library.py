# expect: ok
# spoils: session
# why: a module of the code's own may hide one of the library for this tenant, and must not for the next one
import sys
for name in ("json", "eryx", "_eryx", "encodings", "site", "sitecustomize", "usercustomize"):
    open(f"/tmp/{name}.py", "w").write("raise SystemExit('shadowed')")
sys.path.insert(0, "/tmp")
for name in ("json", "sitecustomize", "usercustomize"):
    sys.modules.pop(name, None)
    try:
        __import__(name)
        raise AssertionError(name)
    except SystemExit:
        pass
