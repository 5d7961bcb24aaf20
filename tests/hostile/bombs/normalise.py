# expect: ends wall-time
# wall: 0.2
# why: combining marks make normalisation quadratic
import unicodedata
s = "a" + "\u0301\u0316" * 200_000
while True:
    unicodedata.normalize("NFC", s)
