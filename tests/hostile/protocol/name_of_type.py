# expect: raises KeyboardInterrupt, E, <unknown>
# why: an exception that claims to be another type
class M(type):
    @property
    def __qualname__(self):
        raise ValueError
class E(Exception):
    pass
E.__qualname__ = "KeyboardInterrupt"
E.__module__ = "builtins"
raise E("not really")
