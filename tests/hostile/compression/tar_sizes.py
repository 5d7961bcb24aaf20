# expect: ok
# why: a head that says exabytes
import io, tarfile
info = tarfile.TarInfo("a")
info.size = 2**60
raw = info.tobuf(tarfile.GNU_FORMAT)
for text in (raw, raw * 1000, b"\0" * 512 + raw, raw[:300]):
    try:
        archive = tarfile.open(fileobj=io.BytesIO(text), mode="r:")
        archive.extractfile(archive.next()).read()
    except (tarfile.TarError, OSError, MemoryError, AttributeError, OverflowError, TypeError):
        pass
