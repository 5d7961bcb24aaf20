# expect: ok
# why: user, host and process of the host must not show
import os, platform, socket, sys, getpass
told = [sys.executable, sys.argv, sys.flags, os.getcwd(), platform.node(), platform.platform(), repr(os.uname())]
for name in ("getpid", "getppid", "getlogin", "getuid", "geteuid", "getgid", "getgroups", "cpu_count", "getloadavg", "times", "ctermid", "getpgrp"):
    try:
        told.append((name, getattr(os, name)()))
    except (AttributeError, OSError, NotImplementedError):
        pass
for function in (getpass.getuser, socket.gethostname, platform.processor, platform.libc_ver):
    try:
        told.append(function())
    except (OSError, KeyError, ImportError):
        pass
text = repr(told)
for word in ("x86", "linux", "Linux", "root", "hostile", "cargo", "glibc"):
    assert word not in text, (word, text)
