"""Watches what draws entropy while a bundle's imports run, and notes what can be renewed at each start.

The host counts the draws. It is told beforehand which Python code runs, so that each draw has a module and a stack:
exactly for `os.urandom` and all that is made of it (`secrets`, `uuid.uuid4`, …) and for `random`; for native code that
asks the system by itself, the module that was being loaded.
"""

import gc
import os
import posix
import sys
from _json import encode_basestring_ascii as quote
from _weakref import ref

import _eryx
import _frozen_importlib

from . import _start

_HERE = __file__.removesuffix("_watch.py")
# Modules that draw on behalf of others.
_AGENTS = ("random", "secrets", "tempfile", "uuid")

_load_unlocked = _frozen_importlib._load_unlocked
_urandom = posix.urandom
_watching = False
# What the host was told, for each module that is being loaded.
_told = ["null"]
# What numpy's seed sequences began with.
_entropies = set()


def start():
    """Begin to watch."""
    global _watching
    _watching = True
    _frozen_importlib._load_unlocked = _load
    os.urandom = posix.urandom = _urandom_told
    for name in _PATCHES:
        if name in sys.modules:
            _PATCHES[name](sys.modules[name])


def stop():
    """Leave everything as it was, and note what has to be renewed."""
    global _watching
    _watching = False
    _frozen_importlib._load_unlocked = _load_unlocked
    os.urandom = posix.urandom = _urandom
    for module, names in [(name, getattr(module, "__dict__", {})) for name, module in sys.modules.items()]:
        if module != __name__:
            for name in [name for name, value in names.items() if value is _urandom_told]:
                names[name] = _urandom
    _unpatch_random()
    _unpatch_numpy()
    _forget_identity()


def _tell(place):
    if _watching:
        _eryx.call("drawing", place)


def _place(frame, loading=None, renewed=False):
    """JSON of the module and the stack that a draw in `frame`, or in the module `loading` that it imports, has."""
    stack = []
    modules = []
    if loading is not None:
        stack.append(f"{loading.origin} in <module>")
        modules.append(loading.name)
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith((_HERE, "<frozen importlib")):
            stack.append(f"{code.co_filename}:{frame.f_lineno} in {code.co_qualname}")
            modules.append(str(frame.f_globals.get("__name__")))
        frame = frame.f_back
    module = next((name for name in modules if name not in _AGENTS), modules[0] if modules else "")
    lines = ",".join(quote(line) for line in reversed(stack))
    return f'{{"module":{quote(module)},"stack":[{lines}],"renewed":{"true" if renewed else "false"}}}'


class _TellingUrandom:
    """`os.urandom`, while it is watched. An object, because a function would become a method in a class."""

    __slots__ = ()

    def __call__(self, size, /):
        if not _watching:
            return _urandom(size)
        _tell(_place(sys._getframe(1)))
        try:
            return _urandom(size)
        finally:
            _tell(_told[-1])


_urandom_told = _TellingUrandom()


def _load(spec):
    _told.append(_place(sys._getframe(1), spec, renewed=spec.name == "random"))
    _tell(_told[-1])
    try:
        module = _load_unlocked(spec)
    finally:
        _told.pop()
        _tell(_told[-1])
    if _watching and spec.name in _PATCHES:
        _PATCHES[spec.name](module)
    return module


# Tracebacks of failed imports leave out the frames of the import system. This is one of them.
_load.__code__ = _load.__code__.replace(co_filename="<frozen importlib._bootstrap>")


# ---- random ----

_random_methods = {}


def _patch_random(module):
    Random = module.Random
    if not _random_methods:
        _random_methods.update(seed=Random.seed, setstate=Random.setstate)
        # Seeded in the moment that has just passed.
        _start.randoms[id(module._inst)] = ref(module._inst)

    def seed(self, a=None, version=2):
        if a is not None or not _watching:
            _start.randoms.pop(id(self), None)
            return _random_methods["seed"](self, a, version)
        _tell(_place(sys._getframe(1), renewed=True))
        try:
            _random_methods["seed"](self)
        finally:
            _tell(_told[-1])
        _start.randoms[id(self)] = ref(self)

    def setstate(self, state):
        _start.randoms.pop(id(self), None)
        return _random_methods["setstate"](self, state)

    Random.seed, Random.setstate = seed, setstate
    module.seed, module.setstate = module._inst.seed, module._inst.setstate


def _unpatch_random():
    if _random_methods:
        module = sys.modules["random"]
        module.Random.seed = _random_methods["seed"]
        module.Random.setstate = _random_methods["setstate"]
        module.seed, module.setstate = module._inst.seed, module._inst.setstate
    for key, reference in list(_start.randoms.items()):
        if reference() is None:
            del _start.randoms[key]


# ---- numpy ----

_numpy_randbits = None


def _patch_numpy(module):
    global _numpy_randbits
    _numpy_randbits = module.randbits

    def randbits(count):
        value = _numpy_randbits(count)
        _entropies.add(value)
        return value

    module.randbits = randbits


def _unpatch_numpy():
    if _numpy_randbits is None:
        return
    module = sys.modules["numpy.random.bit_generator"]
    module.randbits = _numpy_randbits
    # A generator does not say whether its seed was given; what it was given is no number that was drawn here.
    # Those of earlier imports are frozen, which hides them from the collector.
    _start.bit_generators[:] = [
        found
        for found in (*_start.bit_generators, *gc.get_objects())
        if isinstance(found, module.BitGenerator) and _drawn_entropy(found)
    ]


def _drawn_entropy(generator):
    entropy = getattr(getattr(generator, "seed_seq", None), "entropy", None)
    return isinstance(entropy, int) and entropy in _entropies


# ---- uuid ----


def _forget_identity():
    """`uuid1` and its kin keep the machine's identity, which is a random number here, and the time of the last one."""
    module = sys.modules.get("uuid")
    if module is not None:
        for name in ("_node", "_last_timestamp", "_last_timestamp_v6", "_last_timestamp_v7"):
            if hasattr(module, name):
                setattr(module, name, None)


_PATCHES = {"random": _patch_random, "numpy.random.bit_generator": _patch_numpy}
