"""The program whose starts benches/startup.rs times for the peer, pyeryx. Modes as in benches/startup-probe."""

import sys
from time import perf_counter_ns

import eryx


def about(_):
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"pyeryx {eryx.__version__} (its host: CPython {version})")


def first(_):
    print(eryx.Sandbox().execute("print('hello')").stdout_text, end="", flush=True)


def fresh(count):
    sandbox = eryx.Sandbox()
    timed(count, lambda: sandbox.execute("pass"))


def anew(count):
    timed(count, lambda: eryx.Sandbox().execute("pass"))


def session(count):
    session = eryx.Session()
    timed(count, lambda: session.execute("x = 1"))


def timed(count, run):
    times = []
    for _ in range(count):
        start = perf_counter_ns()
        run()
        times.append(perf_counter_ns() - start)
    print(*times, sep="\n")


MODES = {mode.__name__: mode for mode in (about, first, fresh, anew, session)}

if len(sys.argv) < 2 or sys.argv[1] not in MODES:
    sys.exit("pyeryx_probe: say `about`, `first`, `fresh N`, `anew N` or `session N`")
MODES[sys.argv[1]](int(sys.argv[2]) if len(sys.argv) > 2 else 1)
