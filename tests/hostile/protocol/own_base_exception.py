# expect: raises B
# why: and the code's own
class B(BaseException):
    pass
raise B("x")
