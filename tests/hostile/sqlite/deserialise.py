# expect: ok or raises AttributeError or ends crash
# why: a database made of bytes that are none
import random, sqlite3
r = random.Random(4)
c = sqlite3.connect(":memory:")
c.execute("create table t(a)")
good = c.serialize()
for _ in range(200):
    text = bytearray(good)
    for _ in range(30):
        text[r.randrange(len(text))] = r.randrange(256)
    d = sqlite3.connect(":memory:")
    try:
        d.deserialize(bytes(text))
        d.execute("select * from sqlite_master").fetchall()
        d.execute("create table u(b)")
    except (sqlite3.Error, UnicodeDecodeError, MemoryError, OverflowError):
        pass
