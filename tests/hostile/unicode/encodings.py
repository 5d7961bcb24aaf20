# expect: ok or raises MemoryError
# why: every codec on text that it does not like
import codecs, encodings.aliases
text = "\ud800\x00\u0130\U0010ffff" * 100
for name in sorted(set(encodings.aliases.aliases.values())):
    for function in (lambda: codecs.encode(text, name, "surrogatepass"), lambda: codecs.decode(b"\xff\x00\x1b$B" * 100, name, "replace"), lambda: codecs.encode(b"\xff" * 100, name), lambda: codecs.getincrementaldecoder(name)("ignore").decode(b"\x1b" * 1000, True)):
        try:
            function()
        except Exception:
            pass
