# expect: ok
# why: a folder that changes while it is listed
import os
os.mkdir("/tmp/folder")
for number in range(200):
    open(f"/tmp/folder/{number}", "w").close()
seen = 0
for entry in os.scandir("/tmp/folder"):
    seen += 1
    assert seen < 10_000
    try:
        os.remove(entry.path)
    except OSError:
        pass
    open(f"/tmp/folder/new{seen % 50}", "w").close()
import shutil
shutil.rmtree("/tmp/folder")
