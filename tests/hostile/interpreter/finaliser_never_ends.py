# expect: ok or ends wall-time
# wall: 1
# spoils: session
# why: an endless finaliser must not block the host when it drops the session
class A:
    def __del__(self):
        while True:
            pass
keep = A()
print("left")
