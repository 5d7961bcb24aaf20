"""Calls of the host: calls in flight, waiting for them, and their errors."""

import builtins
import operator
import sys
from _weakref import ref

import _eryx


class CallbackError(RuntimeError):
    """The host refused a callback, or the callback answered with an error."""

    __module__ = "eryx"


def error(kind, message):
    """The exception for an error of the host: a built-in one if `kind` names one."""
    exception = vars(builtins).get(kind)
    if isinstance(exception, type) and issubclass(exception, Exception):
        try:
            return exception(message)
        except TypeError:
            pass  # its constructor needs more than a message
    return CallbackError(f"{kind}: {message}" if kind else message)


_eryx.set_callback_error(error)

# Whether an event loop is running.
running = False

# Calls without an answer yet, by number. Weak references, because an unreferenced call cannot be awaited.
in_flight = {}

# Waits for sockets and callbacks together, if there is a network:
# `poll_sockets([(fd, events)], nanoseconds or None) -> ([(fd, events)], completion or None)`.
poll_sockets = None


def start(name, arguments, decode):
    """Start the callback `name` with arguments in JSON. `decode` decodes the host's answer."""
    try:
        number = _eryx.start(name, arguments)
    except Exception as error:
        # Raised when the answer is used, like all errors of the call.
        call = Call(0, name, decode)
        call._error = error
        return call
    call = Call(number, name, decode)
    in_flight[number] = ref(call)
    return call


def wait(nanoseconds):
    """Wait until a call is complete, with a time-out, and record all complete calls."""
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
    """End all calls: this interpreter is a copy, and the host does not know the calls that its origin started."""
    for number in list(in_flight):
        _complete((number, "", "the call was lost when the interpreter was copied"))


def settle():
    """Drop the calls without an awaiter, at the end of an execution."""
    for reference in list(in_flight.values()):
        call = reference()
        if call is not None and not call._waiters:
            call.cancel()


class Call:
    """A started call of the host.

    It can be awaited, more than once. Used in an expression or as a container, it waits for its answer and behaves
    like it; `is` and `isinstance` apply to the call itself.
    """

    __slots__ = ("_number", "_name", "_decode", "_outcome", "_error", "_waiters", "_steps", "__weakref__")

    def __init__(self, number, name, decode):
        self._number = number
        self._name = name
        self._decode = decode
        # None, then (kind of error or None, text).
        self._outcome = None
        self._error = None
        self._waiters = []
        self._steps = None

    def __await__(self):
        if not self.done():
            waiter = sys.modules["asyncio"].get_running_loop().create_future()
            self._waiters.append(waiter)
            try:
                yield from waiter
            finally:
                self._waiters.remove(waiter)
                if not self._waiters:
                    # After a cancelled wait, for example by a time-out, the answer is unwanted. Else, no effect.
                    self.cancel()
        return self._answer()

    # With these methods it is a coroutine, so that it can become a task.

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
        """The answer. Blocks until the host has answered; other tasks do not run meanwhile."""
        while not self.done():
            wait(None)
        return self._answer()

    def done(self):
        """Whether the host has answered."""
        return self._outcome is not None or self._error is not None

    def cancel(self):
        """Drop the call: the host stops working on it."""
        if not self.done():
            in_flight.pop(self._number, None)
            _eryx.cancel(self._number)
            self._finish(("", "the call was cancelled"))

    __del__ = cancel

    def _finish(self, outcome):
        self._outcome = outcome
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _answer(self):
        if self._error is not None:
            raise self._error
        kind, text = self._outcome
        if kind is None:
            # Decoded each time, because the receiver may change it.
            return self._decode(text)
        raise error(kind, text)

    def __repr__(self):
        if self._outcome is None or self._outcome[0] is not None:
            return f"<call of {self._name}, {'failed' if self.done() else 'in flight'}>"
        return repr(self._answer())

    def __getattr__(self, name):
        # Code that inspects the type of an object queries names with these prefixes.
        if name.startswith(("_", "cr_", "gi_", "ag_")):
            raise AttributeError(f"'Call' object has no attribute {name!r}", name=name, obj=self)
        return getattr(self.wait(), name)

    # By identity, while `==` is by value: asyncio keeps awaited objects in sets.
    __hash__ = object.__hash__

    def __eq__(self, other):
        return self is other or self.wait() == other


def _delegate():
    """Add operators to `Call` that apply to the answer."""

    def unary(function):
        return lambda self: function(self.wait())

    def binary(function):
        return lambda self, other: function(self.wait(), other)

    def reflected(function):
        return lambda self, other: function(other, self.wait())

    methods = {
        "__bool__": unary(bool),
        "__bytes__": unary(bytes),
        "__complex__": unary(complex),
        "__contains__": binary(operator.contains),
        "__delitem__": binary(operator.delitem),
        "__float__": unary(float),
        "__format__": binary(format),
        "__fspath__": lambda self: self.wait().__fspath__() if not isinstance(self.wait(), str) else self.wait(),
        "__getitem__": binary(operator.getitem),
        "__index__": unary(operator.index),
        "__int__": unary(int),
        "__iter__": unary(iter),
        "__len__": unary(len),
        "__reversed__": unary(reversed),
        "__setitem__": lambda self, key, value: operator.setitem(self.wait(), key, value),
        "__str__": unary(str),
    }
    for name in ("abs", "invert", "neg", "pos"):
        methods[f"__{name}__"] = unary(getattr(operator, name))
    for name in ("lt", "le", "gt", "ge", "ne"):
        methods[f"__{name}__"] = binary(getattr(operator, name))
    for name in ("add", "floordiv", "lshift", "matmul", "mod", "mul", "pow", "rshift", "sub", "truediv", "xor"):
        methods[f"__{name}__"] = binary(getattr(operator, name))
        methods[f"__r{name}__"] = reflected(getattr(operator, name))
    for name in ("and", "or"):
        methods[f"__{name}__"] = binary(getattr(operator, f"{name}_"))
        methods[f"__r{name}__"] = reflected(getattr(operator, f"{name}_"))
    for name, method in methods.items():
        setattr(Call, name, method)


_delegate()
