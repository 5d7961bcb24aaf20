# expect: raises SystemExit
# why: a status that is no number of 32 bits
class N(int):
    def __index__(self):
        return 2**100
raise SystemExit(N(2**40 + 5))
