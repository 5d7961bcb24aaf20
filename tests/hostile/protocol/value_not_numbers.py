# expect: ok
# why: numbers that JSON does not have
[float("nan"), float("inf"), 10**400, -0.0]
