# expect: raises TypeError
# why: a descriptor whose getter is a descriptor
class D:
    pass
D.__get__ = D()
class C:
    x = D()
C().x
