# expect: ok or raises SystemExit
# why: objects whose class says something else
class A:
    @property
    def __class__(self):
        raise SystemExit(1)
    def __getattr__(self, name):
        raise SystemExit(2)
A()
