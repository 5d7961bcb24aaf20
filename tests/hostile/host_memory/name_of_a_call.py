# expect: ok or raises MemoryError or ends host-memory
# needs: eryx
# why: a name that no callback has comes back in the error's message
import _eryx
for _ in range(5):
    try:
        _eryx.call("n" * 20_000_000, "{}")
    except (RuntimeError, MemoryError) as error:
        assert len(str(error)) < 25_000_000
