# expect: raises E
# why: which may give something else
class E(Exception):
    def __str__(self):
        return 5
raise E()
