# expect: ok
# why: attributes that formats reach must not lead to data of the host
text = "{0.__class__.__mro__[1].__subclasses__}".format(1)
assert "0x" not in text or "canary" not in text
names = sorted(kind.__name__ for kind in object.__subclasses__())
assert not [name for name in names if name in ("Popen", "CDLL", "Process")], names
