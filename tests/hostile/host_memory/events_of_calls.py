# expect: ok or ends host-memory, wall-time
# needs: callbacks
# wall: 5
# why: errors of calls carry texts of the code's choice
for _ in range(100):
    try:
        fail("ValueError", "x" * 1_000_000)
    except ValueError as error:
        assert len(str(error)) <= 1_000_000
