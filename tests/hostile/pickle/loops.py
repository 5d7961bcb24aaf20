# expect: raises RecursionError, MemoryError, PicklingError, _pickle.PicklingError, TypeError, AttributeError or ends wall-time, memory
# wall: 1
# why: an object that reduces to itself for ever
import pickle
class A:
    def __reduce__(self):
        return A, (), None, iter(lambda: A(), None)
pickle.dumps(A())
