# expect: raises SyntaxError, SystemError
# why: lines and columns that no number of the host's holds
raise SyntaxError("m", ("f" * 100_000, 2**31, -5, "t" * 1_000_000, 2**40, 2**62))
