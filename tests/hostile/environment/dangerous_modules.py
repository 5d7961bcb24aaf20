# expect: ok
# why: modules that reach below the sandbox must be absent or stand-ins
done = []
for name in (
    "_testcapi", "_testinternalcapi", "_testlimitedcapi", "_ctypes", "_interpreters", "_interpchannels", "_remote_debugging",
    "_posixsubprocess", "_multiprocessing", "_posixshmem", "nis", "spwd", "_xxtestfuzz", "_gdbm", "ossaudiodev", "resource", "fcntl",
    "termios", "_curses", "_scproxy", "winreg", "_winapi",
):
    try:
        module = __import__(name)
    except ImportError:
        continue
    # Present in the base runtime; neither can do a thing here.
    if name not in ("_interpreters", "_interpchannels"):
        done.append(name)
assert not done, done
