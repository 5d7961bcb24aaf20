# expect: ok or ends wall-time
# wall: 2
# why: names of hosts whose conversion was quadratic
import encodings.idna
for text in ("xn--" + "a" * 20_000, "\u0130" * 10_000, "a." * 20_000, "xn--\u0130", "." * 1000, "\u3002" * 10_000):
    try:
        text.encode("idna")
    except (UnicodeError, ValueError, IndexError):
        pass
