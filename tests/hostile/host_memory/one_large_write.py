# expect: ends output-limit or raises MemoryError or ends host-memory
# why: one write of the guest's whole memory must not be copied before it is counted
import os
text = b"x" * 50_000_000
while True:
    os.writev(1, [text] * 20) if hasattr(os, "writev") else os.write(1, text)
