"""The host's callbacks as Python functions, in the session's namespace and in `eryx`."""

import _eryx
import _json
import sys

from . import _calls

# Functions and namespaces for the session's namespace, by name.
names = {}


def find():
    """Get the host's callbacks, once. Descriptions of functions are fetched only on demand."""
    for name in _eryx.callbacks():
        *outer, last = name.split(".")
        place = names
        for part in outer:
            space = place.get(part)
            if space is None:
                space = place[part] = Namespace(part)
            place = space.__dict__
        place[last] = Function(name)


class _Decoding:
    strict = True
    object_hook = object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float


def _default(value):
    if type(value) is _calls.Call:
        return value.wait()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


_scan = _json.make_scanner(_Decoding)
_chunks = _json.make_encoder(None, _default, _json.encode_basestring_ascii, None, ":", ",", False, False, False)


def _decode(text):
    return _scan(text, 0)[0]


def _encode(args, kwargs):
    # The host's format: only keywords, or keywords after the positional arguments.
    return "".join(_chunks([*args, kwargs] if args else kwargs, 0))


def invoke(name, args, kwargs, frame):
    """Call the callback `name` for the code in `frame`."""
    arguments = _encode(args, kwargs)
    if _calls.running and _awaits(frame):
        return _calls.start(name, arguments, _decode)
    return _scan(_eryx.call(name, arguments), 0)[0]


def _awaits(frame):
    from ._awaiting import awaits

    return awaits(frame)


class Function:
    """A function of the host.

    Without a running event loop, or in a plain function, a call blocks and returns the answer. In a coroutine, it can
    also be awaited, or be passed to functions such as `asyncio.gather`.
    """

    __slots__ = ("__name__", "__qualname__", "_facts", "__weakref__")
    __module__ = "eryx"

    def __init__(self, name):
        self.__qualname__ = name
        self.__name__ = name
        self._facts = None

    def __call__(self, /, *args, **kwargs):
        # Same as `invoke`, without a further frame.
        arguments = "".join(_chunks([*args, kwargs] if args else kwargs, 0))
        if _calls.running and _awaits(sys._getframe(1)):
            return _calls.start(self.__qualname__, arguments, _decode)
        return _scan(_eryx.call(self.__qualname__, arguments), 0)[0]

    def start(self, /, *args, **kwargs):
        """Call it, and return an awaitable at once, in any context."""
        return _calls.start(self.__qualname__, _encode(args, kwargs), _decode)

    def call(self, /, *args, **kwargs):
        """Call it, and block until it has answered, in any context."""
        return _decode(_eryx.call(self.__qualname__, _encode(args, kwargs)))

    def __get__(self, instance, owner=None):
        # In a class it is not a method, like a built-in function. With this attribute, `help` treats it as a function.
        return self

    def __repr__(self):
        return f"<function {self.__qualname__} of the host>"

    def __reduce__(self):
        return _named, (self.__qualname__,)

    @property
    def _known(self):
        if self._facts is None:
            from . import _describing

            self._facts = _describing.Facts(self.__qualname__)
        return self._facts

    @property
    def __doc__(self):
        return self._known.documentation

    @property
    def __signature__(self):
        return self._known.signature

    @property
    def __annotations__(self):
        return {}


def _named(name):
    place = names
    for part in name.split("."):
        place = place[part] if type(place) is dict else getattr(place, part)
    return place


class Namespace:
    """A namespace of host functions."""

    __module__ = "eryx"

    def __init__(self, name):
        self.__dict__["__name__"] = name

    def __repr__(self):
        return f"<namespace {self.__name__} of the host: {', '.join(dir(self))}>"

    def __dir__(self):
        return sorted(name for name in self.__dict__ if name != "__name__")
