# expect: ok
# why: the import system must not find modules in folders of the host
import importlib.util, os, sys
sys.path[:0] = ["/etc", "/root", os.path.dirname(canary), "/proc/self/cwd", "", "/usr/lib/python3/dist-packages"]
for name in ("canary", "passwd", "apt", "lsb_release", "hostile"):
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        continue
    assert found is None, found
