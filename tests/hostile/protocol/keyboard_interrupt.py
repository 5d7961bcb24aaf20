# expect: raises KeyboardInterrupt
# why: exceptions that are no `Exception`
raise KeyboardInterrupt
