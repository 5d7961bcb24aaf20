# expect: ok
# why: no file of the code's own may be loaded as machine code or WebAssembly
import importlib.machinery, importlib.util, sys
module = b"\0asm\1\0\0\0"
for path in ("/tmp/evil.so", "/tmp/evil.cpython-314-wasm32-wasi.so", "/tmp/evil.abi3.so"):
    open(path, "wb").write(module)
sys.path.insert(0, "/tmp")
loader = importlib.machinery.ExtensionFileLoader
done = []
for function in (
    lambda: __import__("evil"),
    lambda: loader("evil", "/tmp/evil.so").create_module(importlib.util.spec_from_file_location("evil", "/tmp/evil.so")),
    lambda: __import__("_imp").create_dynamic(importlib.util.spec_from_file_location("evil", "/tmp/evil.so", loader=loader("evil", "/tmp/evil.so"))),
    lambda: __import__("ctypes").CDLL("/tmp/evil.so"), lambda: __import__("ctypes").CDLL(None), lambda: __import__("ctypes").string_at(0),
    lambda: __import__("ctypes").pythonapi.Py_Exit(1),
):
    try:
        done.append(function())
    except (OSError, ImportError, AttributeError, NotImplementedError):
        pass
sys.path.remove("/tmp")
assert not done, done
