# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: elements in elements
import xml.etree.ElementTree as tree, xml.parsers.expat as expat
try:
    expat.ParserCreate().Parse("<a>" * 500_000)
except expat.ExpatError:
    pass
one = tree.fromstring("<a>" * 100_000 + "</a>" * 100_000)
tree.tostring(one)
