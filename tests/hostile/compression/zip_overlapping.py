# expect: ok
# why: a directory of an archive whose entries share their bytes
import io, struct, zipfile
target = io.BytesIO()
archive = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
archive.writestr("a", bytes(5_000_000))
archive.close()
raw = target.getvalue()
start = raw.rindex(b"PK\1\2")
entry = raw[start:raw.rindex(b"PK\5\6")]
count = 5000
directory = entry * count
end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(directory), start, 0)
made = zipfile.ZipFile(io.BytesIO(raw[:start] + directory + end))
total = 0
try:
    for info in made.infolist()[:20]:
        total += len(made.read(info))
except zipfile.BadZipFile:
    pass
assert total <= 250_000_000
