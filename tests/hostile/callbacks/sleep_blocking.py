# expect: ends wall-time
# needs: callbacks
# wall: 0.15
# why: a plain call that takes longer than the limit
sleep(50_000)
