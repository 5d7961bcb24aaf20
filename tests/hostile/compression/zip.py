# expect: ok
# why: an archive that unpacks to more than memory and files may hold
import io, zipfile
target = io.BytesIO()
archive = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
with archive.open("a", "w", force_zip64=True) as file:
    for _ in range(135):
        file.write(bytes(1_000_000))
archive.close()
archive = zipfile.ZipFile(target)
for function in (lambda: archive.read("a"), lambda: archive.extractall("/tmp")):
    try:
        function()
    except (MemoryError, OSError):
        continue
    raise AssertionError
import os
os.remove("/tmp/a")
