# expect: ok or ends host-memory
# why: names of types, functions and files of megabytes are copied with every frame
try:
    exec(compile("def " + "f" * 1_000_000 + "():\n    1 / 0\n" + "f" * 1_000_000 + "()", "<" + "n" * 1_000_000 + ">", "exec"))
except ZeroDivisionError:
    pass
