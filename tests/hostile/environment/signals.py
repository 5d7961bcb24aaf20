# expect: ok or ends crash, exit
# why: no signal may reach the host's process
import os, signal
for function in (
    lambda: os.kill(os.getpid(), 9), lambda: os.kill(1, 9), lambda: os.kill(0, 9), lambda: os.kill(-1, 9), lambda: os.killpg(1, 9),
    lambda: signal.alarm(1), lambda: signal.setitimer(signal.ITIMER_REAL, 0.01), lambda: signal.pthread_kill(1, 9),
):
    try:
        function()
    except (OSError, AttributeError, ValueError):
        pass
signal.raise_signal(11)
