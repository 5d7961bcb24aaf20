# expect: ends wall-time or raises MemoryError or ends memory
# wall: 0.2
# why: one field of megabytes
import csv, io
csv.field_size_limit(2**31 - 1)
while True:
    list(csv.reader(io.StringIO('"' + "a" * 5_000_000)))
