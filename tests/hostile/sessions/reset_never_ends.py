# expect: ok or ends wall-time
# wall: 1
# spoils: session
# why: or never end
class A:
    def __del__(self):
        while True:
            pass
a = A()
