# expect: raises E, ZeroDivisionError, TypeError or raises 5.E
# why: a type whose module is no text
class E(Exception):
    pass
E.__module__ = 5
raise E("x")
