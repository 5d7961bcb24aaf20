# expect: raises Ｅ, E, KeyError, <unknown> or raises \ud800
# why: a type, a message and a function whose names are halves of pairs
E = type("\ud800", (Exception,), {})
E.__qualname__ = "E"
raise E("\udfff" * 10)
