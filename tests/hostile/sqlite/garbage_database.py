# expect: ok or raises sqlite3.DatabaseError, sqlite3.OperationalError or ends crash
# why: database files with bytes changed
import os, random, sqlite3
c = sqlite3.connect("/tmp/good")
c.executescript("create table t(a, b); create index i on t(a); create view v as select * from t; insert into t values (1, 'x'), (2, zeroblob(5000));")
c.close()
good = open("/tmp/good", "rb").read()
r = random.Random(3)
for number in range(150):
    text = bytearray(good)
    for _ in range(r.randrange(1, 20)):
        text[r.randrange(len(text))] = r.randrange(256)
    open("/tmp/bad", "wb").write(text)
    try:
        c = sqlite3.connect("/tmp/bad")
        c.execute("select * from t order by a").fetchall()
        c.execute("pragma integrity_check").fetchall()
        c.execute("insert into t values (5, 5)")
        c.commit()
    except (sqlite3.Error, UnicodeDecodeError, MemoryError, OverflowError):
        pass
    finally:
        c.close()
for name in os.listdir("/tmp"):
    if name.startswith(("good", "bad")):
        os.remove("/tmp/" + name)
