# expect: ok
# why: no library is loaded and no file of the host is opened
import sqlite3
c = sqlite3.connect(":memory:")
done = []
for text in (
    "select load_extension('/lib/x86_64-linux-gnu/libc.so.6')", "select load_extension('/tmp/evil')", "select readfile('/etc/passwd')",
    "vacuum into '/usr/x'", "select writefile('/tmp/y', 'z')", "select fts3_tokenizer('simple', x'4141414141414141')",
    f"attach '{canary}' as a; select * from a.sqlite_master", "create virtual table v using csv(filename='/etc/passwd')", "select edit('x', 'sh')",
):
    try:
        done += c.execute(text).fetchall()
    except (sqlite3.Error, sqlite3.Warning):
        pass
for text in ("attach '/etc/passwd' as p", "attach '../../etc/passwd' as r", "attach 'file:/etc/passwd?mode=ro' as u", "attach '/usr/lib/python3.14/os.py' as o"):
    try:
        c.execute(text)
        done += c.execute(f"select * from {text[-1]}.sqlite_master").fetchall()
    except sqlite3.Error:
        pass
try:
    c.enable_load_extension(True)
    c.load_extension("/tmp/evil")
    done.append("loaded")
except (AttributeError, sqlite3.Error):
    pass
assert not [one for one in done if one[0] is not None], done
