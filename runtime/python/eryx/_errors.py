"""Describes an exception that left the code, as text and as data.

The result is for the guest library (runtime/guest/result.c): tuples, their items in the order of the
fields of the records in runtime/wit.
"""

import sys
from traceback import TracebackException

_HERE = __file__.removesuffix("_errors.py")

# A message may be as large as the memory, and a recursion has thousands of frames, of which the first and the last
# are enough. The host has limits too, but exceeding those ends the session.
_MOST_TEXT = 1 << 20
_MOST_FRAMES = 100
_MOST_CHAINED = 50

# The numbers of `relation`.
_CAUSE, _CONTEXT, _MEMBER = range(3)


def describe(error):
    """(kind, message, traceback, frames, chained, exit code or None)."""
    kind = type(error)
    trace = _from_the_code(error.__traceback__)
    exit_code = _exit_code(error) if isinstance(error, SystemExit) else None
    name, message = _name(kind), _message(error)
    frames, chained = [], []
    try:
        told = TracebackException(kind, error, trace, compact=True)
        text = "".join(told.format())
        frames = _frames(told)
        _add_chained(told, None, chained)
    except Exception:
        # The cause of the exception (no memory, the recursion limit) may affect this code too.
        text = f"{name}: {message}\n"
    # The frames keep all variables of the code alive.
    error.__traceback__ = None
    return name, message, _plain(text), frames, chained, exit_code


def _from_the_code(trace):
    """Remove the outer frames of this package and of the event loop."""
    below = trace
    while below is not None:
        code = below.tb_frame.f_code
        if code.co_name == "_awaiting" and code.co_filename.startswith(_HERE):
            return below.tb_next
        below = below.tb_next
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_HERE):
        trace = trace.tb_next
    return trace


def _name(kind):
    if kind.__module__ in ("builtins", "__main__"):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _message(error):
    try:
        return _plain(str(error))
    except Exception:
        return "<exception str() failed>"


def _plain(text):
    """Text that UTF-8 can hold, of a bounded length."""
    if len(text) > _MOST_TEXT:
        text = f"{text[: _MOST_TEXT // 2]}\n… ({len(text) - _MOST_TEXT} characters left out) …\n{text[-_MOST_TEXT // 2 :]}"
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _frames(told):
    stack = told.stack
    if len(stack) > 2 * _MOST_FRAMES:
        stack = stack[:_MOST_FRAMES] + stack[-_MOST_FRAMES:]
    frames = [
        (_plain(frame.filename), frame.lineno or 0, _plain(frame.name), _plain(frame.line or "")) for frame in stack
    ]
    if isinstance(getattr(told, "filename", None), str):
        # A syntax error: its code did not run, so it has no frame.
        frames.append((_plain(told.filename), int(told.lineno or 0), "<module>", _plain((told.text or "").strip())))
    return frames


def _add_chained(told, of, chained):
    """Append the related exceptions of `told`, which is number `of`; their own related exceptions follow."""
    related = []
    if told.__cause__ is not None:
        related.append((_CAUSE, told.__cause__))
    elif told.__context__ is not None and not told.__suppress_context__:
        related.append((_CONTEXT, told.__context__))
    related += [(_MEMBER, member) for member in told.exceptions or ()]
    for relation, other in related:
        if len(chained) == _MOST_CHAINED:
            return
        name = other.exc_type_str.removeprefix("__main__.").removeprefix("builtins.")
        chained.append((relation, of, _plain(name), _plain(_told_message(other)), _frames(other)))
        _add_chained(other, len(chained) - 1, chained)


def _told_message(told):
    # The result of `str` at the time of the description; a syntax error keeps it in another attribute.
    return getattr(told, "msg", None) or told._str


def _exit_code(error):
    """The exit status that Py_Exit derives from `sys.exit(code)`."""
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return (int(code) + 2**31) % 2**32 - 2**31
    print(code, file=sys.stderr)
    return 1
