# expect: ok
# why: a pickle may call anything, of the sandbox only
import os, pickle
class X:
    def __reduce__(self):
        return os.listdir, ("/",)
found = pickle.loads(pickle.dumps(X()))
assert set(found) <= {"usr", "app", "tmp", "data", "dev"}, found
for text in (b"cos\nsystem\n(S'id'\ntR.", b"cposix\nfork\n(tR.", b"csubprocess\ncheck_output\n(S'id'\ntR."):
    try:
        raise AssertionError(pickle.loads(text))
    except (AttributeError, OSError, pickle.UnpicklingError, ImportError):
        pass
