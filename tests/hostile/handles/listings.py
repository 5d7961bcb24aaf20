# expect: ok
# why: open listings are handles as well
import os
listings = []
try:
    for _ in range(100_000):
        listings.append(os.scandir("/usr/lib/python3.14"))
        next(listings[-1])
except OSError:
    pass
assert len(listings) < 300, len(listings)
listings.clear()
assert os.listdir("/usr")
