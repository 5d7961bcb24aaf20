# expect: ok
# why: keys that are the same once they are text
{1: "a", "1": "b", True: "c", None: "d", "null": "e", 1.5: "f"}
