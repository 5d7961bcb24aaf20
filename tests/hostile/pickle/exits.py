# expect: ends exit
# why: a pickle that ends the interpreter ends the sandbox only
import pickle
pickle.loads(b"cos\n_exit\n(I3\ntR.")
