"""The peer pyeryx in the modes of benches/probe, whose docs describe each mode."""

import sys
import threading
from time import perf_counter, perf_counter_ns, sleep

import eryx

# State for a snapshot, and code that checks it. All probes have the same text.
STATE = "rows = [{'id': i, 'name': f'row {i}', 'tags': ['a', 'b']} for i in range(1000)]\ntotal = len(rows)"
CHECK = "assert total == len(rows) == 1000 and rows[-1]['name'] == 'row 999'"


def about():
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"pyeryx {eryx.__version__} (its host: CPython {version})")


def first():
    print(eryx.Sandbox().execute("print('hello')").stdout_text, end="", flush=True)


def fresh(count):
    sandbox = eryx.Sandbox()
    timed(count, lambda: sandbox.execute("pass"))


def spaced(count):
    sandbox = eryx.Sandbox()
    timed(count, lambda: sandbox.execute("pass"), pause=0.005)


def anew(count):
    timed(count, lambda: eryx.Sandbox().execute("pass"))


def instantiate(count):
    times = []
    for _ in range(count):
        start = perf_counter_ns()
        session = eryx.Session()
        times.append(perf_counter_ns() - start)
        del session
    print(*times, sep="\n")


def throughput(seconds):
    sandbox = eryx.Sandbox()
    done = [0, 0]
    start = perf_counter()

    def work(thread):
        while perf_counter() - start < seconds:
            sandbox.execute("pass")
            done[thread] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(done))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(round(sum(done) / (perf_counter() - start)))


def session(count, setup, code):
    session = eryx.Session()
    session.execute(setup)
    timed(count, lambda: session.execute(code))


def callback(count, code):
    noop = {"name": "noop", "fn": lambda: None, "description": "Does nothing"}
    session = eryx.Session(callbacks=[noop])
    timed(count, lambda: session.execute(code))


def stream(count, code):
    received = 0

    def receive(chunk):
        nonlocal received
        received += len(chunk)

    session = eryx.Session(on_stdout=receive)
    timed(count, lambda: session.execute(code))
    assert received, "nothing was streamed"


def snapshot(count):
    session = eryx.Session()
    session.execute(STATE)
    timed(count, session.snapshot_state)


def restore(count):
    session = eryx.Session()
    session.execute(STATE)
    state = session.snapshot_state()
    timed(count, lambda: restored(state))


def fork(count):
    """pyeryx has no fork; this is the substitute that a user would write."""
    session = eryx.Session()
    session.execute(STATE)
    timed(count, lambda: restored(session.snapshot_state()))


def restored(state):
    session = eryx.Session()
    session.restore_state(state)
    session.execute(CHECK)


def memory(count):
    sessions = []
    # The first few also pay for shared state.
    for number in range(count + 3):
        if number == 3:
            before = private()
        session = eryx.Session()
        session.execute("x = 1")
        sessions.append(session)
    print(max(0, private() - before) // count)


def private():
    """Private bytes of this process."""
    with open("/proc/self/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("Private_")) * 1024


def timed(count, run, pause=0.0):
    times = []
    for _ in range(count):
        if pause:
            sleep(pause)
        start = perf_counter_ns()
        run()
        times.append(perf_counter_ns() - start)
    print(*times, sep="\n")


if __name__ == "__main__":
    modes = {f.__name__: f for f in (about, first, fresh, spaced, anew, instantiate, throughput, session, callback)}
    modes |= {f.__name__: f for f in (stream, snapshot, restore, fork, memory)}
    mode, *arguments = sys.argv[1:] or [""]
    if mode not in modes:
        print(f"pyeryx_probe: say one of {', '.join(modes)}", file=sys.stderr)
        sys.exit(2)
    modes[mode](*(int(argument) if argument.isdecimal() else argument for argument in arguments))
