# expect: raises RecursionError, MemoryError, _pickle.PicklingError, pickle.PicklingError or ends wall-time, memory, crash
# wall: 1
# why: an object that reduces to itself for ever
import pickle
class A:
    def __reduce__(self):
        return A, (), None, iter(lambda: A(), None)
pickle.dumps(A())
