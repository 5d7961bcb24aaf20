# expect: raises E, SystemExit, SystemError
# why: or raise itself
class E(Exception):
    def __str__(self):
        raise SystemExit(9)
    __repr__ = __str__
raise E()
