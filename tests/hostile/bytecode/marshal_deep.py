# expect: ok
# why: marshalled data in data
import marshal
x = []
for _ in range(100_000):
    x = [x]
for function in (lambda: marshal.dumps(x), lambda: marshal.loads(b"[\1\0\0\0" * 1_000_000), lambda: marshal.loads(b")\1" * 5_000_000)):
    try:
        function()
    except (ValueError, EOFError, MemoryError, TypeError):
        pass
