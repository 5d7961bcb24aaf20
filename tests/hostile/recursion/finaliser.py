# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: a finaliser that makes what is finalised
class A:
    def __del__(self):
        A()
A()
