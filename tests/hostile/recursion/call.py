# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: an object whose call is an object
class A:
    pass
A.__call__ = A()
A()()
