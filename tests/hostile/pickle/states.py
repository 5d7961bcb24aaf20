# expect: ok or raises MemoryError or ends crash
# why: pickles that set the state of objects without such a state
import collections, datetime, decimal, fractions, functools, io, itertools, pickle, random, re, types, array
done = 0
for make in (collections.deque, collections.OrderedDict, io.BytesIO, io.StringIO, random.Random, functools.partial(print).__class__, itertools.count, array.array, datetime.timezone, set):
    for state in (None, 5, (), (1, 2, 3), {"x": 1}, [None] * 10, b"\xff" * 20, ((), {}, [], None), (-1,), (2**62, 2**62)):
        for how in ("__setstate__", "__init__", "__reduce_ex__"):
            try:
                one = make.__new__(make)
                getattr(one, how)(*state) if isinstance(state, tuple) else getattr(one, how)(state)
                repr(one)
                done += 1
            except Exception:
                pass
assert done
