# expect: ends wall-time
# wall: 0.15
# why: a query without end runs in C
import sqlite3
c = sqlite3.connect(":memory:")
c.execute("with recursive t(x) as (select 1 union all select x + 1 from t) select count(*) from t").fetchone()
