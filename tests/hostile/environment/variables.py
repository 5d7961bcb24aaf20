# expect: ok
# why: no variable of the host's process may be visible
import os, sys
text = repr(dict(os.environ)) + repr(getattr(os, "environb", None)) + repr(sys.argv) + repr(sys.path)
for word in ("HOSTILE", "canary", "CARGO", "HOME=", "PATH", "ERYX", "root", "target"):
    assert word not in text, (word, text)
for name in ("HOSTILE_SECRET", "PATH", "HOME", "USER", "ERYX_STORE_DIR", "CARGO_TARGET_DIR", "LD_LIBRARY_PATH"):
    assert os.getenv(name) is None, name
