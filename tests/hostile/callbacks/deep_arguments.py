# expect: ok
# needs: callbacks
# why: arguments that are deeper than the host's parser goes
x = 0
for _ in range(5000):
    x = [x]
try:
    echo(x)
except (RecursionError, RuntimeError, ValueError, TypeError):
    pass
