# expect: ends wall-time
# wall: 0.15
# why: looking for a float in a range compares each
1.5 in range(10**15)
