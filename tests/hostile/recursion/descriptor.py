# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: a descriptor whose getter is a descriptor
class D:
    pass
D.__get__ = D()
class C:
    x = D()
C().x
