# expect: ok or ends wall-time, memory or raises MemoryError
# wall: 2
# why: the billion laughs
import xml.etree.ElementTree as tree
names = "abcdefghijkl"
text = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {b} "{("&" + a + ";") * 10}">' for a, b in zip(names, names[1:])) + "]><x>&l;</x>"
try:
    found = tree.fromstring(text)
    raise AssertionError(len(found.text))
except tree.ParseError:
    pass
