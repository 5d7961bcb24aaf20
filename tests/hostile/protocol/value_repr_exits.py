# expect: ok or raises SystemExit
# why: the description of a value that JSON does not have is made by code
class A:
    def __repr__(self):
        raise SystemExit(4)
A()
