# expect: raises E
# why: a message, a note and a function whose names are halves of pairs
class E(Exception):
    pass
error = E("\udfff" * 10)
error.add_note("\ud800")
raise error
