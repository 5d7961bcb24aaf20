# expect: ok or raises MemoryError or ends host-memory, memory
# why: a character that JSON escapes is six bytes on its way
"\x01" * 8_000_000
