# expect: raises A\u202eB, A‮B, E
# why: the name of a type that changes the direction of text
raise type("A\u202eB", (Exception,), {})("\u2066text\u0000")
