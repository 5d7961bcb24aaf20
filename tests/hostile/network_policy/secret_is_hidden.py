# expect: ok
# needs: network, eryx
# why: the code has a placeholder, and cannot read the secret anywhere
import eryx, os
token = os.environ["TOKEN"]
assert token == eryx.secret("TOKEN") and not token.startswith("secret"), token
for name in ("", "TOKEN2", "token", "\0", "a" * 1_000_000, "../TOKEN"):
    try:
        eryx.secret(name)
        raise AssertionError(name)
    except (KeyError, ValueError, UnicodeError):
        pass
