# expect: ok
# why: clocks go forwards, and are no finer than anybody needs
import time
last = 0
for _ in range(10_000):
    now = time.monotonic_ns()
    assert now >= last
    last = now
assert 1_600_000_000 < time.time() < 5_000_000_000
