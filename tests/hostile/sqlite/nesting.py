# expect: ok or ends crash, wall-time
# wall: 10
# why: expressions in expressions
import sqlite3
c = sqlite3.connect(":memory:")
for text in (
    "select " + "(" * 100_000 + "1" + ")" * 100_000, "select " + "-" * 500_000 + "1", "select 1" + "+1" * 200_000,
    "select " + "(select " * 2000 + "1" + ")" * 2000, "select json('" + "[" * 500_000 + "')", "select printf('%.*d', 2147483647, 1)",
    "select replace(zeroblob(1000000), x'00', zeroblob(100000))", "select 1 " + "union all select 1 " * 10_000,
    "select * from (" + "select * from (" * 500 + "select 1" + ")" * 501, "with " + ",".join(f"t{n} as (select 1)" for n in range(20_000)) + " select 1",
):
    try:
        c.execute(text).fetchone()
    except (sqlite3.Error, MemoryError, OverflowError):
        pass
