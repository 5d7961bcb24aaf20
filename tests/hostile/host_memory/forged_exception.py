# expect: raises ValueError, MemoryError, SystemError or ends host-memory, crash, memory
# needs: eryx
# spoils: session
# why: the code can replace the function that describes exceptions
import eryx._errors
for name in list(vars(eryx._errors)):
    if not name.startswith("__"):
        setattr(eryx._errors, name, lambda *a, **k: ["x" * 10_000_000] * 10)
raise ValueError("described by the code itself")
