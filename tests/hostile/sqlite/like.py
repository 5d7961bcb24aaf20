# expect: ends wall-time or ok
# wall: 0.2
# why: patterns that backtrack
import sqlite3
c = sqlite3.connect(":memory:")
c.execute("select ? like ?", ("a" * 40_000, "%a" * 20_000 + "%b")).fetchone()
