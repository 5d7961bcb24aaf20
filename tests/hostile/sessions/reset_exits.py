# expect: ok
# spoils: session
# why: and may end the interpreter
import os
class A:
    def __del__(self):
        os._exit(5)
a = A()
