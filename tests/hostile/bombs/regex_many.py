# expect: ends wall-time
# wall: 0.15
# why: the same by alternatives and references
import re
re.search(r"(?:(x|xx)*)*(?:\1|y)*z", "x" * 5000)
while True:
    re.fullmatch(r"(.*?,){20}P", "1," * 200)
