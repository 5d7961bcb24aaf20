# expect: ends wall-time
# needs: callbacks
# wall: 0.3
# why: and so does calling without end
while True:
    echo(1)
