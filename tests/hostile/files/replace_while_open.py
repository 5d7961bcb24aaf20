# expect: ok
# why: renaming over a file that is open must leave both as they are
import os
a = open("/tmp/a", "w+")
a.write("a")
a.flush()
b = open("/tmp/b", "w+")
b.write("bb")
b.flush()
for _ in range(1000):
    os.replace("/tmp/a", "/tmp/b")
    open("/tmp/a", "w").close()
a.seek(0)
b.seek(0)
assert (a.read(), b.read()) == ("a", "bb")
a.close()
b.close()
