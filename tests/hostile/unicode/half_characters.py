# expect: ok
# why: halves of surrogate pairs in everything that goes to the host
import os, sys
half = "\ud800\udfff"
for function in (lambda: print(half), lambda: sys.stdout.write(half), lambda: open(half), lambda: os.environ.update({half: half}), lambda: os.listdir("/" + half), lambda: exec(half), lambda: compile("1", half, "eval"), lambda: __import__(half), lambda: eval("'" + half + "'"), lambda: type(half, (), {})):
    try:
        function()
    except (UnicodeError, OSError, ValueError, SyntaxError, ImportError, TypeError):
        pass
