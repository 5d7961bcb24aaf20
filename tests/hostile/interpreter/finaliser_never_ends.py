# expect: ok or ends wall-time
# wall: 1
# spoils: session
# why: a finaliser without end must not hang whoever drops the session
class A:
    def __del__(self):
        while True:
            pass
keep = A()
print("left")
