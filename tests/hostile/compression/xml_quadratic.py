# expect: ok or ends wall-time, memory or raises MemoryError
# wall: 2
# why: one long entity, many times
import xml.etree.ElementTree as tree
text = '<!DOCTYPE x [<!ENTITY a "' + "a" * 100_000 + '">]><x>' + "&a;" * 10_000 + "</x>"
try:
    tree.fromstring(text)
except tree.ParseError:
    pass
