"""CPython itself, outside any sandbox, in the modes of benches/probe that apply to it."""

import sys
from time import perf_counter_ns


def about():
    print("CPython", ".".join(map(str, sys.version_info[:3])))


def first():
    print("hello")


def session(count, setup, code):
    names = {}
    exec(setup, names)
    times = []
    for _ in range(count):
        start = perf_counter_ns()
        exec(compile(code, "<session>", "exec"), names)
        times.append(perf_counter_ns() - start)
    print(*times, sep="\n")


modes = {f.__name__: f for f in (about, first, session)}
mode, *arguments = sys.argv[1:] or [""]
if mode not in modes:
    print(f"native_probe: say one of {', '.join(modes)}", file=sys.stderr)
    sys.exit(2)
modes[mode](*(int(argument) if argument.isdecimal() else argument for argument in arguments))
