"""Runs a PEP 517 build backend. Sent by the host, which has put the task and the source tree into memory."""

import errno
import importlib
import json
import os
import subprocess
import sys

with open("/build/task/task.json", encoding="utf-8") as file:
    task = json.load(file)

# Programs that the backend tried to start. None can be: that this was a compiler is what a failure is mostly about.
programs = []


def _note_program(self, args, *rest, **options):
    if isinstance(args, (str, bytes, os.PathLike)):
        args = os.fsdecode(args).split()
    command = list(args)
    programs.append(os.fspath(command[0]) if command else "")
    raise FileNotFoundError(errno.ENOENT, "a sandbox starts no programs", programs[-1])


subprocess.Popen.__init__ = _note_program
# What `Popen.__del__` and `communicate` look at when there was no process.
subprocess.Popen._child_created = False

# The stand-in can be imported, for packages that only want the name. Cython would compress with it.
sys.modules["_bz2"] = None

os.chdir("/build/src")
sys.argv = ["setup.py"]
sys.path[:0] = [os.path.normpath(os.path.join("/build/src", folder)) for folder in task["backend_path"]]


def load():
    module, _, attributes = task["backend"].partition(":")
    backend = importlib.import_module(module)
    for attribute in filter(None, attributes.split(".")):
        backend = getattr(backend, attribute)
    return backend


def hook(name, *arguments):
    """(what the hook gives, traceback of its failure, programs it tried to start)."""
    import traceback

    programs.clear()
    try:
        function = getattr(load(), name, None)
        result = function(*arguments) if function else None
    except BaseException as error:
        return None, "".join(traceback.format_exception(error)), programs
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return result, None, programs
