# expect: ok
# why: a module that imports itself under thousands of names
import sys
sys.path.insert(0, "/tmp")
open("/tmp/bomb.py", "w").write("import importlib, sys\ndef go(n):\n    sys.modules.pop('bomb', None)\n    return n and importlib.import_module('bomb').go(n - 1)\n")
import bomb
try:
    bomb.go(200)
except RecursionError:
    pass
sys.path.remove("/tmp")
