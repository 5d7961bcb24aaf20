# expect: ok or ends crash
# why: functions of Python's that use the connection they are called from
import sqlite3
def attempt(function):
    try:
        function()
    except (sqlite3.Error, sqlite3.Warning, RecursionError, ZeroDivisionError, MemoryError):
        pass
c = sqlite3.connect(":memory:")
c.create_function("f", 1, lambda *a: c.close())
attempt(lambda: c.execute("select f(1)").fetchall())
d = sqlite3.connect(":memory:")
d.create_function("g", 1, lambda x: d.execute("select g(?)", (x + 1,)).fetchone()[0])
attempt(lambda: d.execute("select g(1)").fetchone())
d.set_progress_handler(lambda: 1 / 0, 1)
attempt(lambda: d.execute("select 1").fetchone())
d.set_authorizer(lambda *a: d.set_authorizer(None))
attempt(lambda: d.execute("select 1").fetchone())
d.set_authorizer(None)
d.create_collation("c", lambda a, b: d.create_collation("c", None) or 0)
attempt(lambda: d.execute("select 'a' union select 'b' order by 1 collate c").fetchall())
d.set_trace_callback(lambda text: d.execute("select 2"))
attempt(lambda: d.execute("select 1").fetchone())
