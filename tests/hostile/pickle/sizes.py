# expect: ok or raises MemoryError
# why: lengths in pickles must not be taken at their word
import pickle
for text in (
    b"\x8e" + b"\xff" * 8 + b"x.", b"\x8d" + b"\xff\xff\xff\x7f\0\0\0\0x.", b"T\xff\xff\xff\x7f.", b"r\xff\xff\xff\x7f.", b"j\xff\xff\xff\x7f.",
    b"(lp0\n" + b"h\0a" * 100 + b".", b"\x8b\xff\xff\xff\x7f.", b"I" + b"9" * 100_000 + b"\n.", b"\x95" + b"\xff" * 7 + b"\x7f.", b"Nr\xff\xff\xff\x0f.",
):
    try:
        pickle.loads(text)
    except (pickle.UnpicklingError, MemoryError, ValueError, EOFError, OverflowError, IndexError, KeyError, TypeError):
        pass
