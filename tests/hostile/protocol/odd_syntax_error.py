# expect: raises SyntaxError
# why: the places of a syntax error are whatever code says
e = SyntaxError("m")
e.lineno = "x"
e.text = object()
e.filename = b"\xff"
e.offset = None
e.end_lineno = 2**70
raise e
