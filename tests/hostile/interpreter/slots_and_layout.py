# expect: ok
# why: types that change their bases and slots while there are objects
class A:
    __slots__ = ("a", "b")
class B:
    __slots__ = ("b", "a")
class C(A):
    pass
class D:
    pass
for function in (lambda: setattr(C(), "__class__", D), lambda: setattr(C, "__bases__", (B,)), lambda: setattr(C, "__bases__", (C,)), lambda: setattr(A(), "__class__", B), lambda: type("E", (A, B), {}), lambda: setattr(int, "x", 1), lambda: type("F", (int, str), {}), lambda: setattr(D, "__bases__", (int,)), lambda: type.__call__(type, "G", (type,), {"__slots__": ["x"] * 100_000})):
    try:
        function()
    except (TypeError, AttributeError, ValueError):
        pass
