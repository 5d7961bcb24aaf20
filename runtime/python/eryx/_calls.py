"""Calls of the host that are in flight, and the wait for them."""

import sys
from _weakref import ref

import _eryx

# Whether an event loop is running.
running = False

# Calls whose answer is still to come, by their number: weak references, because what nobody holds nobody awaits.
in_flight = {}

# Waits for sockets and callbacks together, where there is a network:
# `poll_sockets([(fd, events)], nanoseconds or None) -> ([(fd, events)], completion or None)`.
poll_sockets = None


def start(name, arguments, decode):
    """Start the callback `name` with arguments in JSON. `decode` makes the answer of the host's."""
    number = _eryx.start(name, arguments)
    call = Call(number, name, decode)
    in_flight[number] = ref(call)
    return call


def wait(nanoseconds):
    """Wait until a call is complete, at most for a time, and take note of all that are."""
    completion = _eryx.wait(nanoseconds)
    if completion is None and nanoseconds is None:
        _lose()
    while completion is not None:
        _complete(completion)
        completion = _eryx.wait(0) if in_flight else None


def wait_for_sockets(interests, nanoseconds):
    """Wait for sockets as well; return those that are ready."""
    ready, completion = poll_sockets(interests, nanoseconds)
    while completion is not None:
        _complete(completion)
        completion = _eryx.wait(0) if in_flight else None
    return ready


def _complete(completion):
    number, *outcome = completion
    reference = in_flight.pop(number, None)
    call = None if reference is None else reference()
    if call is not None:
        call._finish(outcome)


def _lose():
    """The host knows of no call: this interpreter is a copy of one that had started them."""
    for number in list(in_flight):
        _complete((number, 1, "the call was lost when the interpreter was copied"))


def settle():
    """Drop the calls that nobody awaits. At the end of an execution."""
    for reference in list(in_flight.values()):
        call = reference()
        if call is not None and not call._waiters:
            call.cancel()


class Call:
    """A call of the host that has been started: can be awaited, more than once, or waited for."""

    __slots__ = ("_number", "_name", "_decode", "_outcome", "_waiters", "_steps", "__weakref__")

    def __init__(self, number, name, decode):
        self._number = number
        self._name = name
        self._decode = decode
        # None, then (kind of error or None, text).
        self._outcome = None
        self._waiters = []
        self._steps = None

    def __repr__(self):
        return f"<call of {self._name}, {'in flight' if self._outcome is None else 'complete'}>"

    def __await__(self):
        if self._outcome is None:
            waiter = sys.modules["asyncio"].get_running_loop().create_future()
            self._waiters.append(waiter)
            try:
                yield from waiter
            finally:
                self._waiters.remove(waiter)
                if not self._waiters:
                    # Cancelled, by a time-out for example: then nobody wants the answer. Else this does nothing.
                    self.cancel()
        return self._result()

    # A coroutine by its methods, so that tasks can be made of it.

    def send(self, value):
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.send(value)

    def throw(self, *error):
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.throw(*error)

    def close(self):
        if self._steps is not None:
            self._steps.close()
        self.cancel()

    def wait(self):
        """The answer. Blocks until it is there: other tasks do not go on meanwhile."""
        while self._outcome is None:
            wait(None)
        return self._result()

    def done(self):
        """Whether the answer is there."""
        return self._outcome is not None

    def cancel(self):
        """Drop the call: the host stops working on it."""
        if self._outcome is None:
            in_flight.pop(self._number, None)
            _eryx.cancel(self._number)
            self._finish((1, "the call was cancelled"))

    __del__ = cancel

    def _finish(self, outcome):
        self._outcome = outcome
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _result(self):
        kind, text = self._outcome
        if kind is None:
            return self._decode(text)
        from . import CallbackError

        raise CallbackError(kind, text)
