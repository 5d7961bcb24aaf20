# expect: raises SyntaxError, UnicodeEncodeError, ValueError
# why: source that is no text
compile("x = '\ud800'\n\x00", "\ud800", "exec")
