# expect: ok or raises MemoryError, sqlite3.OperationalError or ends memory, wall-time
# wall: 5
# spoils: session
# why: a database in memory is memory of the guest
import sqlite3
c = sqlite3.connect(":memory:")
for text in ("select zeroblob(1000000000)", "select hex(zeroblob(400000000))", "select printf('%.*c', 900000000, 'x')"):
    try:
        c.execute(text).fetchone()
    except (MemoryError, sqlite3.Error, OverflowError):
        pass
c.execute("create table t(x)")
try:
    c.execute("insert into t with recursive r(i) as (select 1 union all select i + 1 from r limit 200000) select randomblob(1000) from r")
except (MemoryError, sqlite3.Error):
    pass
