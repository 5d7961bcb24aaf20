# expect: ok
# spoils: session
# why: files that are open, removed, renamed or shared when the session is copied
import os
a = open("/tmp/removed", "w+")
os.remove("/tmp/removed")
b = open("/tmp/renamed", "w+")
os.rename("/tmp/renamed", "/tmp/other")
d = os.scandir("/usr")
next(d)
e = open("/tmp/append", "a")
f = os.open("/tmp", os.O_RDONLY)
