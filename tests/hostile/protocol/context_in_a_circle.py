# expect: raises ValueError
# why: exceptions that are each other's cause
a = ValueError(1)
b = ValueError(2)
a.__context__ = b
b.__context__ = a
a.__cause__ = b
raise a
