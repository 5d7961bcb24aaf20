# expect: ok
# why: a file of the host, whose path is known, must not exist for the code
for path in (canary, "/" + canary, "/tmp/../" + canary, "/usr/lib/../.." + canary):
    try:
        found = open(path).read()
    except OSError:
        continue
    raise AssertionError(found)
