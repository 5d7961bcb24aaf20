# expect: ends wall-time
# wall: 0.15
# why: no clean-up of the code's runs when a limit ends it
import atexit
@atexit.register
def again():
    while True:
        pass
class A:
    def __del__(self):
        while True:
            pass
a = A()
try:
    while True:
        pass
finally:
    while True:
        pass
