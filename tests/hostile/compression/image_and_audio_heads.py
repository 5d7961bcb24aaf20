# expect: ok
# why: readers of binary formats with heads that lie
import io, plistlib, struct, wave, zoneinfo
for function in (
    lambda: wave.open(io.BytesIO(b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\xff\xff" + b"\xff" * 12 + b"data\xff\xff\xff\xff")).readframes(2**31 - 1),
    lambda: plistlib.loads(b"bplist00" + b"\xff" * 100 + struct.pack(">6xBBQQQ", 8, 8, 2**62, 2**62, 2**62)),
    lambda: zoneinfo.ZoneInfo.from_file(io.BytesIO(b"TZif3" + b"\0" * 15 + struct.pack(">6l", *[2**31 - 1] * 6))),
    lambda: plistlib.loads(b"<plist>" + b"<array>" * 100_000 + b"</plist>"),
):
    try:
        function()
    except (MemoryError, RecursionError, OSError, EOFError, ValueError, wave.Error, struct.error, OverflowError, Exception):
        pass
