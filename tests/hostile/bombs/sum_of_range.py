# expect: ends wall-time
# wall: 0.15
# why: a loop in C without end
sum(range(10**15))
