# expect: ok or ends host-memory
# why: a listing of ten thousand names, held open many times
import os
os.mkdir("/tmp/many")
count = 0
try:
    for count in range(9_900):
        open(f"/tmp/many/{count:0200}", "w").close()
except OSError:
    pass
listings = []
try:
    for _ in range(300):
        one = os.scandir("/tmp/many")
        next(one)
        listings.append(one)
except OSError:
    pass
for one in listings:
    one.close()
import shutil
shutil.rmtree("/tmp/many")
