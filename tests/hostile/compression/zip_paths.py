# expect: ok
# why: names in an archive that lead out of the folder
import io, os, zipfile
target = io.BytesIO()
archive = zipfile.ZipFile(target, "w")
for name in ("../../../../etc/passwd", "/abs", "a/../../../x", "..\\..\\y", "usr/lib/python3.14/os.py"):
    archive.writestr(name, "x")
archive.close()
zipfile.ZipFile(target).extractall("/tmp/out")
assert not os.path.exists("/etc") and not os.path.exists("/abs")
assert open("/usr/lib/python3.14/os.py").read(2) == 'r"'
import shutil
shutil.rmtree("/tmp/out")
