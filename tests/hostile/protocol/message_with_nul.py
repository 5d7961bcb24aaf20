# expect: raises ValueError
# why: text that is not text for the host: NUL and halves of surrogate pairs
raise ValueError("\x00\udcff\ud800" * 1000)
