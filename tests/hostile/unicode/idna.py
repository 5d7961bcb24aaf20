# expect: ok or ends wall-time
# wall: 2
# why: names of hosts whose conversion was quadratic
import encodings.idna
for text in ("xn--" + "a" * 100_000, "\u0130" * 50_000, "a." * 100_000, "xn--\u0130", "." * 1000, "\u3002" * 10_000):
    try:
        text.encode("idna")
    except (UnicodeError, ValueError, IndexError):
        pass
