# expect: ok
# why: the state of iterators set to an invalid one
import itertools
for one in (iter([1, 2]), iter((1, 2)), iter("ab"), iter(b"ab"), iter(range(3)), reversed([1, 2]), itertools.cycle("ab"), itertools.product("ab", repeat=2), itertools.permutations("abc"), iter({1: 2}), zip("ab"), enumerate("ab")):
    for state in (-1, 2**31, -2**31, 2**62, None, (), (5, 5), ([2**31],), ((9, 9), (9, 9))):
        try:
            one.__setstate__(state)
            next(one, None)
        except Exception:
            pass
