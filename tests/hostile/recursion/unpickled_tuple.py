# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: a deep tuple out of a short pickle
import pickle
x = pickle.loads(b"(" * 1_000_000 + b"t" * 1_000_000 + b".")
hash(x)
