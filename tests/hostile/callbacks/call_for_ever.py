# expect: ends wall-time
# needs: callbacks
# wall: 0.15
# why: and so does calling without end
while True:
    echo(1)
