# expect: ok
# why: names that look alike, change direction, or are no text
import os
names = ["a\u0301", "\u00e1", "\u202egpj.exe", "\ufeff", "\u200b", "\U0001f600" * 50, "\x01\x02", "con", "nul", "a ", " a", "a\n", "-rf", "*", "\\", "K", "\u212a", "\u0130", "i\u0307", "\udcff"]
made = 0
for name in names:
    try:
        with open("/tmp/u" + name, "x") as file:
            file.write("x")
        made += 1
    except (OSError, UnicodeError, ValueError):
        pass
listed = [name for name in os.listdir("/tmp") if name.startswith("u")]
assert len(listed) == made >= 10, (made, listed)
for name in listed:
    os.remove("/tmp/" + name)
