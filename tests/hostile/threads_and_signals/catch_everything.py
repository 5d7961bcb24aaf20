# expect: ends wall-time
# wall: 0.15
# why: code that catches whatever there is must be ended all the same
while True:
    try:
        while True:
            try:
                while True:
                    pass
            except BaseException:
                continue
            finally:
                continue
    except BaseException:
        continue
