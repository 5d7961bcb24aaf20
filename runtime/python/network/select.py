"""Waiting for sockets: replaces CPython's own `select`, which uses WASI."""

import _imp
from _frozen_importlib import BuiltinImporter as _BuiltinImporter

from eryx import _net

_original = _imp.create_builtin(_BuiltinImporter.find_spec(__name__))
_imp.exec_builtin(_original)
for _constant, _value in _original.__dict__.items():
    if _constant.startswith("POLL"):
        globals()[_constant] = _value

error = OSError


def _number(fileobj):
    number = fileobj if isinstance(fileobj, int) else fileobj.fileno()
    if not isinstance(number, int):
        raise TypeError("argument must be an int, or have a fileno() method.")
    if number < 0:
        raise ValueError(f"file descriptor cannot be a negative integer ({number})")
    return number


def select(rlist, wlist, xlist, timeout=None, /):
    if timeout is not None and timeout < 0:
        raise ValueError("timeout must be non-negative")
    rlist, wlist, xlist = list(rlist), list(wlist), list(xlist)
    for one in xlist:
        _number(one)
    interests = [(_number(one), _net.READING) for one in rlist] + [(_number(one), _net.WRITING) for one in wlist]
    found, _ = _net.wait(interests, _net.nanoseconds(timeout))
    ready = {}
    for number, ends in found:
        ready[number] = ready.get(number, 0) | ends
    return (
        [one for one in rlist if ready.get(_number(one), 0) & _net.READING],
        [one for one in wlist if ready.get(_number(one), 0) & _net.WRITING],
        [],
    )


class poll:
    def __init__(self):
        self._masks = {}

    def register(self, fd, eventmask=POLLIN | POLLPRI | POLLOUT, /):
        self._masks[_number(fd)] = eventmask

    def modify(self, fd, eventmask, /):
        number = _number(fd)
        if number not in self._masks:
            raise FileNotFoundError(44, "No such file or directory")
        self._masks[number] = eventmask

    def unregister(self, fd, /):
        del self._masks[_number(fd)]

    def poll(self, timeout=None, /):
        """Like the original, with a time-out in milliseconds."""
        nanoseconds = None if timeout is None or timeout < 0 else _net.nanoseconds(timeout / 1000)
        interests = []
        for number, mask in self._masks.items():
            ends = bool(mask & POLLIN) * _net.READING | bool(mask & POLLOUT) * _net.WRITING
            if ends:
                interests.append((number, ends))
        found, _ = _net.wait(interests, nanoseconds)
        events = {}
        for number, ends in found:
            event = bool(ends & _net.READING) * POLLIN | bool(ends & _net.WRITING) * POLLOUT
            events[number] = events.get(number, 0) | event
        return list(events.items())
