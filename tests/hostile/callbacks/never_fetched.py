# expect: ok
# needs: callbacks, eryx
# why: unfetched answers must not pile up from one execution to the next
import _eryx
for _ in range(500):
    _eryx.start("echo", '["' + "x" * 1000 + '", {}]')
