# expect: ends wall-time
# wall: 0.15
# why: an iterator without end that never comes back to Python
import itertools
any(itertools.compress(itertools.count(), itertools.repeat(0)))
