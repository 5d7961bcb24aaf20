# expect: raises ExceptionGroup
# why: a group that is its own cause and context
e = ExceptionGroup("g", [ValueError(1), TypeError(2)])
e.exceptions[0].__cause__ = e
e.exceptions[1].__context__ = e
raise e
