# expect: ok or raises MemoryError, IndexError, TypeError
# spoils: session
# why: a handler of errors that asks for the same place again or for places that do not exist
import codecs
for number, answer in enumerate((("x", 0), ("x", -1), ("x", 2**31), ("x" * 1000, 1), (b"x", 1), 5, None, ("\ud800", 1))):
    codecs.register_error(f"evil{number}", lambda error, answer=answer: answer)
    for function in (lambda: "ab\ud800cd".encode("ascii", f"evil{number}") if answer != ("x", 0) and answer != ("x", -1) else None, lambda: b"ab\xffcd".decode("ascii", f"evil{number}") if answer not in (("x", 0), ("x", -1)) else None):
        try:
            function()
        except (IndexError, TypeError, UnicodeError, OverflowError):
            pass
