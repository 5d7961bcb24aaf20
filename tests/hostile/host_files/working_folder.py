# expect: ok
# why: the working folder must be one of the sandbox, and relative paths must not start at the host's
import os
where = os.getcwd()
assert "hostile" not in where and "target" not in where, where
for path in ("canary.txt", "Cargo.toml", "../home/canary.txt", "../canary.txt", "work.json"):
    assert not os.path.exists(path), path
for path in ("/etc", "..", canary):
    try:
        os.chdir(path)
    except (OSError, NotImplementedError):
        pass
assert not os.path.exists("passwd") and not os.path.exists("canary.txt")
