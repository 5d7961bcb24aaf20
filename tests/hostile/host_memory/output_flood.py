# expect: ends output-limit or ends host-memory
# why: output is limited in bytes
while True:
    print("x" * (1 << 20))
