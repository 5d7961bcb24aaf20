# expect: ok
# why: an entity that names a file of the host
import io, xml.sax
seen = []
class Handler(xml.sax.ContentHandler):
    def characters(self, text):
        seen.append(text)
for target in ("file:///etc/passwd", "file://" + canary, "http://127.0.0.1/x", "/etc/passwd"):
    parser = xml.sax.make_parser()
    parser.setFeature(xml.sax.handler.feature_external_ges, True)
    parser.setContentHandler(Handler())
    try:
        parser.parse(io.StringIO(f'<!DOCTYPE x [<!ENTITY a SYSTEM "{target}">]><x>&a;</x>'))
    except (OSError, ValueError, xml.sax.SAXException):
        pass
assert not "".join(seen).strip(), seen
