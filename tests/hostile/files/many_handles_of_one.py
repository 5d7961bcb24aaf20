# expect: ok
# why: two hundred handles that write the same file
import os
handles = [os.open("/tmp/one", os.O_CREAT | os.O_RDWR | (os.O_APPEND if n % 2 else 0)) for n in range(150)]
for number, handle in enumerate(handles):
    os.write(handle, b"%03d" % number)
    os.ftruncate(handle, number * 10)
for handle in handles:
    os.close(handle)
os.remove("/tmp/one")
