# expect: ok
# spoils: session
# why: a registry of reducers that leads to the host's doors
import copyreg, pickle, os
class A:
    pass
copyreg.pickle(A, lambda one: (os.open, (canary, os.O_RDONLY)))
try:
    raise AssertionError(pickle.loads(pickle.dumps(A())))
except OSError:
    pass
