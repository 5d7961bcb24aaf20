# expect: ends wall-time or raises MemoryError or ok
# wall: 0.4
# why: a hundred million digits
from decimal import MAX_PREC, Decimal, getcontext
getcontext().prec = 10**8
getcontext().Emax = 10**8
str(Decimal(2) ** (10**8))
getcontext().prec = MAX_PREC
Decimal(1) / 3
