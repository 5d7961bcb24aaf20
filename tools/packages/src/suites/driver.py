"""Runs one test file under pytest and reports each test's outcome on stdout. Works natively and in the sandbox."""

import json
import os
import sys
import tempfile
import types


class Recorder:
    """A pytest plugin. Each line that begins with the mark is JSON."""

    def __init__(self, out, skip):
        self.out = out
        self.skip = skip

    def say(self, **line):
        self.out.write("\n@suite " + json.dumps(line) + "\n")
        self.out.flush()

    def pytest_collection_modifyitems(self, config, items):
        # Skip tests that earlier interpreters finished before they crashed.
        items[:] = [item for item in items if item.nodeid not in self.skip]

    def pytest_collectreport(self, report):
        if report.failed:
            self.say(test=report.nodeid, outcome="error", why=reason(report))
        elif report.skipped:
            self.say(test=report.nodeid, outcome="skipped", why=reason(report))

    def pytest_runtest_logstart(self, nodeid, location):
        self.say(start=nodeid)

    def pytest_runtest_logreport(self, report):
        expected_to_fail = hasattr(report, "wasxfail")
        if report.when == "call" or report.skipped:
            outcome = report.outcome
            if expected_to_fail:
                outcome = "xfailed" if report.skipped else "xpassed"
        elif report.failed:
            outcome = "error"
        else:
            return
        why = "" if outcome == "passed" else reason(report)
        self.say(test=report.nodeid, outcome=outcome, why=why)


def reason(report):
    """Return a report's message in one line."""
    longrepr = report.longrepr
    if isinstance(longrepr, tuple):
        text = longrepr[2]
    elif getattr(longrepr, "reprcrash", None) is not None:
        text = longrepr.reprcrash.message
    else:
        # A collection error is a text whose last lines name the exception.
        lines = [line for line in str(longrepr or "").splitlines() if line.startswith("E ")]
        text = lines[-1][1:].strip() if lines else str(longrepr or "")
    return text.strip().split("\n")[0][:300]


def import_or_replace(name, why):
    """Lets test files import a module that refuses this platform, so that only the tests that use it fail."""
    try:
        __import__(name)
    except NotImplementedError:

        def unavailable(*arguments, **keywords):
            raise NotImplementedError(f"{name}: {why}")

        module = types.ModuleType(name)
        module.__getattr__ = lambda attribute: unavailable
        sys.modules[name] = module


def main():
    options = json.loads(sys.argv[1])
    out = sys.stdout
    root = options["root"]
    os.chdir(root)
    sys.path.insert(0, root)
    sys.dont_write_bytecode = True
    # Tests may read the command line.
    sys.argv = ["pytest"]
    import pytest

    for name, why in options["unavailable"].items():
        import_or_replace(name, why)
    recorder = Recorder(out, set(options["skip"]))
    # The sandbox has no os.dup, which descriptor capture and the fault handler need.
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", "--capture=sys", "--rootdir", root]
    # Pytest checks that its own choice of folder belongs to the user, and the sandbox has no users.
    arguments += ["--basetemp", os.path.join(tempfile.mkdtemp(), "pytest")]
    status = pytest.main([*arguments, *options["arguments"], options["file"]], plugins=[recorder])
    recorder.say(end=int(status))


main()
