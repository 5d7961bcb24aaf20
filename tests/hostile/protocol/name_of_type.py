# expect: raises KeyboardInterrupt
# why: an exception that claims to be another type
class E(Exception):
    pass
E.__qualname__ = "KeyboardInterrupt"
E.__module__ = "builtins"
raise E("not really")
