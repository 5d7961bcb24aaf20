# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: a finaliser that creates further objects to finalise
class A:
    def __del__(self):
        A()
A()
