# expect: ok
# why: deeper still, without any long path
import os
os.makedirs("/tmp/deep/d")
try:
    for _ in range(3000):
        os.mkdir("/tmp/top")
        os.rename("/tmp/deep", "/tmp/top/d")
        os.rename("/tmp/top", "/tmp/deep")
except OSError:
    pass
