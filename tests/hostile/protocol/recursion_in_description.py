# expect: raises E, RecursionError
# why: describing the exception needs stack that is not there
import sys
class E(Exception):
    def __str__(self):
        return str(self)
def f():
    try:
        f()
    except RecursionError:
        raise E()
f()
