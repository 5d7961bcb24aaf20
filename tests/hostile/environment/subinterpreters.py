# expect: ok or raises ModuleNotFoundError, ImportError, RuntimeError, SystemError or ends crash, memory
# why: interpreters in the interpreter must stay within its memory and limits
import _interpreters
made = []
for number in range(50):
    one = _interpreters.create()
    made.append(one)
    _interpreters.exec(one, "import os; os.stat('/tmp'); x = bytearray(100_000)")
for one in made:
    _interpreters.destroy(one)
