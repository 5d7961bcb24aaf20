# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: freeing iterators in iterators
import itertools
x = iter(())
for _ in range(100_000):
    x = itertools.chain(x)
del x
print("freed")
