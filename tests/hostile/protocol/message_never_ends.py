# expect: ends wall-time
# wall: 0.15
# why: the text of the exception is made by code
class E(Exception):
    def __str__(self):
        while True:
            pass
raise E()
