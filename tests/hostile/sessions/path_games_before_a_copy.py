# expect: ok
# why: an open file whose path is another file's when the session is copied
import os
kept = open("/tmp/kept", "w+")
kept.write("mine")
kept.flush()
os.rename("/tmp/kept", "/tmp/moved")
open("/tmp/kept", "w").write("another's")
