# expect: ok
# why: there is no way to start a process
import os, subprocess
done = []
for function in (
    lambda: os.fork(), lambda: os.forkpty(), lambda: os.execv("/bin/sh", ["sh"]), lambda: os.execve("/bin/sh", ["sh"], {}),
    lambda: os.system("id"), lambda: subprocess.run(["id"]), lambda: os.popen("id").read(), lambda: os.posix_spawn("/bin/sh", ["sh"], {}),
    lambda: os.spawnv(os.P_WAIT, "/bin/sh", ["sh"]), lambda: subprocess.check_output("id", shell=True), lambda: subprocess.getoutput("id"),
    lambda: __import__("_posixsubprocess").fork_exec([b"id"], [b"/bin/sh"], True, (), None, None, -1, -1, -1, -1, -1, -1, -1, -1, True, False, -1, None, None, None, -1, None, False),
    lambda: __import__("pty").spawn("/bin/sh"), lambda: __import__("multiprocessing").Process(target=print).start(),
    lambda: __import__("concurrent.futures").futures.ProcessPoolExecutor(1).submit(print).result(),
):
    try:
        done.append(function())
    except (OSError, AttributeError, ImportError, NotImplementedError, RuntimeError):
        pass
assert not done, done
