# expect: ok
# why: clocks that do not exist, and times at the ends of their range
import datetime, time
for number in (*range(-5, 20), 2**31 - 1, -2**31):
    for name in ("clock_gettime", "clock_gettime_ns", "clock_getres", "pthread_getcpuclockid"):
        try:
            getattr(time, name)(number)
        except (OSError, AttributeError, OverflowError):
            pass
for number in (2**62, -2**62, 2**31, 1e300, -1e300, float("nan")):
    for function in (time.gmtime, time.localtime, time.ctime, datetime.datetime.fromtimestamp, lambda n: time.strftime("%c" * 1000, time.gmtime(n)), lambda n: datetime.timedelta(seconds=n)):
        try:
            function(number)
        except (OSError, OverflowError, ValueError):
            pass
