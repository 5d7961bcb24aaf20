# expect: ok
# spoils: session
# why: variables that the code sets are its own, however odd
import os
os.environ["LD_PRELOAD"] = "/tmp/x.so"
os.environ["A" * 1_000_000] = "B"
for name, value in (("=x", "y"), ("", "y"), ("a\0b", "c"), ("a", "b\0c")):
    try:
        os.putenv(name, value)
    except (OSError, ValueError):
        pass
for number in range(3_000):
    os.environ[f"NAME{number}"] = "value"
assert len(os.environ) >= 3_002
