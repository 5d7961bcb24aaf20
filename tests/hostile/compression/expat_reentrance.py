# expect: ok or raises RuntimeError or ends crash
# why: a parser that is used from its own handler
import xml.parsers.expat as expat
parser = expat.ParserCreate()
def handler(*arguments):
    try:
        parser.Parse("<b/>")
        parser.ParseFile(__import__("io").BytesIO(b"<c/>"))
    except (expat.ExpatError, RuntimeError):
        pass
    parser.StartElementHandler = None
parser.StartElementHandler = handler
parser.CharacterDataHandler = lambda text: parser.__init__ if False else None
try:
    parser.Parse("<a>text<b/></a>", True)
except expat.ExpatError:
    pass
