# expect: ok or raises RecursionError, KeyboardInterrupt, SystemExit
# why: values whose methods for JSON are the code's
class D(dict):
    def items(self):
        raise KeyboardInterrupt
class L(list):
    def __iter__(self):
        raise SystemExit
class S(str):
    def __str__(self):
        return 5
class I(int):
    __repr__ = lambda self: "[1, 2"
class F(float):
    __repr__ = lambda self: "}"
[D(a=1), L([1]), S("x"), I(5), F(1.5)]
