# expect: ends wall-time
# wall: 0.15
# why: consuming in C without end
import collections, itertools
collections.deque(itertools.repeat(None), maxlen=0)
