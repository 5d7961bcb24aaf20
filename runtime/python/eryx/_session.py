"""Runs code for the host. One interpreter is one session: the namespace lives until `reset`."""

import builtins
import linecache
import sys
from _ast import Expr, Expression
from json import loads

from . import _callbacks, _calls, _modules as _modules, _start, _streams, _users as _users
from ._values import to_json

_PyCF_ONLY_AST = 0x400
_PyCF_ALLOW_TOP_LEVEL_AWAIT = 0x2000
_CO_COROUTINE = 0x80

# pickle and typing look classes up in `__main__`.
_main = sys.modules["__main__"]
_namespace = _main.__dict__
_started = False
# Number of executions without a given name.
_count = 0

# Compiled code by source, oldest first: (filename, statements or None, last expression or None, whether
# either awaits). Long sources rarely run twice, so they are not kept.
_compiled = {}
_MOST_COMPILED = 64
_LONGEST_COMPILED = 16 << 10

# Number of source characters in linecache, by filename, oldest first. Tracebacks show these sources.
_sources = {}
_sources_length = 0
_MOST_SOURCES = 512
_MOST_SOURCES_LENGTH = 2 << 20


def reset():
    """Restore the session's initial state, except for imported modules and files."""
    global _count, _sources_length
    loop = sys.modules.get("eryx._loop")
    if loop is not None:
        loop.reset()
    _namespace.clear()
    _namespace.update(_callbacks.names, __name__="__main__", __builtins__=builtins, __doc__=None)
    sys.modules["__main__"] = _main
    _compiled.clear()
    for filename in _sources:
        linecache.cache.pop(filename, None)
    _sources.clear()
    _sources_length = _count = 0


def execute(source, filename, inputs, answer):
    """Run `source`. The value is None, a str of JSON, or the result of `to_json` for a value that JSON cannot hold."""
    global _started
    if not _started:
        _start.run()
        _callbacks.find()
        _namespace.update(_callbacks.names)
        _started = True
    _streams.begin()
    code = _compiled.get(source)
    if code is None or (filename is not None and code[0] != filename):
        code = _compile(source, filename)
    _, statements, expression, awaits = code
    if inputs is not None:
        _namespace.update(loads(inputs))
    try:
        if awaits:
            value = _run_on_loop(statements, expression)
        else:
            value = None
            if statements is not None:
                exec(statements, _namespace)
            if expression is not None:
                value = eval(expression, _namespace)
        if answer is not None:
            value = _variable(answer)
        return None if value is None else to_json(value)
    finally:
        if _calls.in_flight:
            _calls.settle()
        _streams.flush()


def _compile(source, filename):
    global _count
    if filename is None:
        _count += 1
        filename = f"<execution {_count}>"
    # Before compiling, because a syntax error shows its line too.
    _remember(source, filename)
    flags = _PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = compile(source, filename, "exec", _PyCF_ONLY_AST | flags, dont_inherit=True)
    body = tree.body
    last = body.pop() if body and isinstance(body[-1], Expr) else None
    statements = compile(tree, filename, "exec", flags, dont_inherit=True) if body else None
    expression = None
    if last is not None:
        expression = compile(Expression(last.value), filename, "eval", flags, dont_inherit=True)
    awaits = any(code is not None and code.co_flags & _CO_COROUTINE for code in (statements, expression))
    code = (filename, statements, expression, awaits)
    if len(source) <= _LONGEST_COMPILED:
        if len(_compiled) >= _MOST_COMPILED:
            del _compiled[next(iter(_compiled))]
        _compiled[source] = code
    return code


def _remember(source, filename):
    """Add the source to linecache, which tracebacks and `inspect.getsource` need."""
    global _sources_length
    _sources_length += len(source) - _sources.pop(filename, 0)
    _sources[filename] = len(source)
    # linecache refuses the lazy form, a function that returns the text, for a name in angle brackets.
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    while len(_sources) > _MOST_SOURCES or (_sources_length > _MOST_SOURCES_LENGTH and len(_sources) > 1):
        oldest = next(iter(_sources))
        _sources_length -= _sources.pop(oldest)
        linecache.cache.pop(oldest, None)


def _run_on_loop(statements, expression):
    from . import _loop

    return _loop.run(_awaiting(statements, expression))


async def _awaiting(statements, expression):
    value = None
    for code in (statements, expression):
        if code is not None:
            value = eval(code, _namespace)
            if code.co_flags & _CO_COROUTINE:
                value = await value
    return value if expression is not None else None


def _variable(name):
    try:
        return _namespace[name]
    except KeyError:
        raise NameError(f"the code has not set {name!r}, whose value was asked for", name=name) from None


def prepare():
    """Run some code before the snapshot is taken, so that sandboxes do not pay for first runs.

    One-time state (specialised instructions, method caches, objects that CPython keeps for reuse) is then in the image,
    and sandboxes need not write it to private pages.
    """
    global _started
    from . import _errors

    _started = True
    for source in ("x = 1\n", "pass\n", "x + 1\n", "[x, {'a': 1.5}]\n", "import sys\ndef f():\n    return x\nf()\n"):
        for _ in range(4):
            # Compile each time, because new code is the common case.
            _compiled.clear()
            execute(source, None, None, None)
            execute(source, None, '{"y": [1, "a", null]}', "y")
    for _ in range(4):
        try:
            execute("def f():\n    1 / 0\nf()\n", None, None, None)
        except ZeroDivisionError as error:
            _errors.describe(error)
    reset()
    _started = False
