# expect: ok
# spoils: session
# why: the caches of the bootstrap have a bound
import eryx._session as session, linecache
for number in range(1200):
    session.execute(f"x = {number}" + "\n" * 2000, None, None, None)
assert len(linecache.cache) < 1000, len(linecache.cache)
