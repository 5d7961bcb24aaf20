# expect: ok
# why: a data base of pickles in files of the code's own
import dbm.dumb, shelve
with shelve.Shelf(dbm.dumb.open("/tmp/shelf")) as shelf:
    shelf["x"] = [1] * 1000
try:
    dbm.dumb.open("/etc/shelf", "c")
    raise AssertionError
except OSError:
    pass
