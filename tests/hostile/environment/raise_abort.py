# expect: ok or ends crash, exit
# why: a signal that the code raises for itself ends the sandbox at most
import signal
signal.raise_signal(signal.SIGABRT)
