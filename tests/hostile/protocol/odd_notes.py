# expect: raises ValueError
# why: notes that are no texts
e = ValueError("x")
e.__notes__ = [5, object(), "\ud800"]
raise e
