"""Runs code for the host. One interpreter is one session: the namespace lives until `reset`."""

import builtins
import linecache
import sys
import traceback
from _ast import Expr, Expression

from . import _callbacks, _calls, _start, _users as _users

_PyCF_ONLY_AST = 0x400
_HERE = __file__.removesuffix("_session.py")
_started = False


def reset():
    """Forget every name the session has defined."""
    # `__main__` is what pickle and typing look classes up in.
    namespace = sys.modules["__main__"].__dict__
    namespace.clear()
    namespace.update(_callbacks.names, __name__="__main__", __builtins__=builtins, __doc__=None)


def execute(source, filename):
    """Run `source`; return the JSON of its last expression's value, or None."""
    global _started
    if not _started:
        _start.run()
        _callbacks.find()
        sys.modules["__main__"].__dict__.update(_callbacks.names)
        _started = True
    # Tracebacks show source lines, and `inspect.getsource` works, only for what linecache knows.
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    namespace = sys.modules["__main__"].__dict__
    try:
        tree = compile(source, filename, "exec", _PyCF_ONLY_AST, dont_inherit=True)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], Expr) else None
        value = None
        if tree.body:
            exec(compile(tree, filename, "exec", dont_inherit=True), namespace)
        if last is not None:
            expression = compile(Expression(last.value), filename, "eval", dont_inherit=True)
            value = eval(expression, namespace)
        return _to_json(value)
    finally:
        if _calls.in_flight:
            _calls.settle()
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                pass  # the code replaced or closed it


def _to_json(value):
    if value is None:
        return None
    import json

    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None


def describe_exception(error):
    """(kind, message, traceback, exit code or None) of an exception that left `execute`."""
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "__main__"):
        name = f"{kind.__module__}.{name}"
    try:
        message = str(error)
    except Exception:
        message = "<exception str() failed>"
    exit_code = None
    if isinstance(error, SystemExit):
        exit_code = _exit_code(error.code)
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_HERE):
        trace = trace.tb_next
    try:
        text = "".join(traceback.format_exception(kind, error, trace))
    except Exception:
        text = f"{name}: {message}\n"
    error.__traceback__ = None
    return name, message, text, exit_code


def _exit_code(code):
    # What Py_Exit makes of `sys.exit(code)`.
    if code is None:
        return 0
    if isinstance(code, int):
        return (int(code) + 2**31) % 2**32 - 2**31
    print(code, file=sys.stderr)
    return 1
