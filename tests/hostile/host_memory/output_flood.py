# expect: ends output-limit
# why: output is limited in bytes
while True:
    print("x" * (1 << 20))
