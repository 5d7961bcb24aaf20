# expect: ok
# why: a database in a file counts as a file
import os, sqlite3
c = sqlite3.connect("/tmp/db", isolation_level=None)
c.execute("pragma synchronous = off")
c.execute("create table t(x)")
try:
    for _ in range(100):
        c.execute("insert into t values (zeroblob(2000000))")
    raise AssertionError
except sqlite3.Error:
    pass
c.close()
for name in os.listdir("/tmp"):
    if name.startswith("db"):
        os.remove("/tmp/" + name)
