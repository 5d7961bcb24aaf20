# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: the same for `zip`, `enumerate`, `filter` and others
import itertools
for wrap in (zip, enumerate, lambda x: filter(None, x), lambda x: itertools.islice(x, 5), lambda x: itertools.takewhile(bool, x), itertools.cycle, itertools.pairwise):
    x = iter((1,))
    for _ in range(100_000):
        x = wrap(x)
    next(x)
