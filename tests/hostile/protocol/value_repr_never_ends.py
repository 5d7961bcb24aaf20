# expect: ends wall-time
# wall: 0.15
# why: and may never end
class A:
    def __repr__(self):
        while True:
            pass
A()
