"""Records draws of entropy while a bundle's imports run, and the generators that can be renewed at each start.

The host counts the draws. This module first reports the running Python code, so each draw has a module and a stack:
exactly for `os.urandom` and its users (`secrets`, `uuid.uuid4`, …) and for `random`; for native code that
calls the system directly, it is the module that was being loaded.
"""

import gc
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
# The last report to the host, for each module that is being loaded.
_told = ["null"]
# Functions of other modules, and their stand-ins while watching.
_stand_ins = []
# Modules that have been searched for such functions.
_prepared = set()


def start():
    """Start watching."""
    global _watching
    _watching = True
    _frozen_importlib._load_unlocked = _load
    for name in _PREPARE:
        if name in sys.modules:
            _prepare(name)
    _swap(_stand_ins)


def stop():
    """Restore the original functions, and note the generators to renew."""
    global _watching
    _watching = False
    _frozen_importlib._load_unlocked = _load_unlocked
    _swap([(stand_in, original) for original, stand_in in _stand_ins])
    _stop_random()
    _find_bit_generators()
    _forget_identity()


def _swap(pairs):
    """Replace the first by the second of each pair, in every module that has a name for it."""
    others = {id(one): other for one, other in pairs}
    for module, names in [(name, getattr(module, "__dict__", {})) for name, module in sys.modules.items()]:
        if module != __name__:
            for name, value in list(names.items()):
                if id(value) in others:
                    names[name] = others[id(value)]


def _prepare(name):
    if name not in _prepared:
        _prepared.add(name)
        _stand_ins.extend(_PREPARE[name](sys.modules[name]))
        _swap(_stand_ins)
    if name == "random":
        _start_random(sys.modules[name])


def _tell(place):
    if _watching:
        _eryx.call("drawing", f"[{place},{{}}]")


def _place(frame, loading=None, renewed=False):
    """JSON of the module and the stack of a draw in `frame`, or in the module `loading` that it imports."""
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


class _Urandom:
    """`os.urandom` while watching. A function would become a method in a class; a built-in does not, nor does this."""

    def __call__(self, size, /):
        if not _watching:
            return _urandom(size)
        _tell(_place(sys._getframe(1)))
        try:
            return _urandom(size)
        finally:
            _tell(_told[-1])


def _load(spec):
    _told.append(_place(sys._getframe(1), spec, renewed=spec.name == "random"))
    _tell(_told[-1])
    try:
        module = _load_unlocked(spec)
    finally:
        _told.pop()
        _tell(_told[-1])
    if _watching and spec.name in _PREPARE:
        _prepare(spec.name)
    return module


# Tracebacks of failed imports leave out the import system's frames. This one must count as one of them.
_load.__code__ = _load.__code__.replace(co_filename="<frozen importlib._bootstrap>")


# ---- random ----

_random_methods = {}


def _prepare_random(module):
    _random_methods.update(seed=module.Random.seed, setstate=module.Random.setstate)
    # The import has just seeded it.
    _start.randoms[id(module._inst)] = ref(module._inst)
    return []


def _start_random(module):
    module.Random.seed, module.Random.setstate = _seed, _setstate
    module.seed, module.setstate = module._inst.seed, module._inst.setstate


def _seed(self, a=None, version=2):
    if a is not None or not _watching:
        _start.randoms.pop(id(self), None)
        return _random_methods["seed"](self, a, version)
    _tell(_place(sys._getframe(1), renewed=True))
    try:
        _random_methods["seed"](self)
    finally:
        _tell(_told[-1])
    _start.randoms[id(self)] = ref(self)


def _setstate(self, state):
    _start.randoms.pop(id(self), None)
    return _random_methods["setstate"](self, state)


def _stop_random():
    if "random" in _prepared:
        module = sys.modules["random"]
        module.Random.seed, module.Random.setstate = _random_methods["seed"], _random_methods["setstate"]
        module.seed, module.setstate = module._inst.seed, module._inst.setstate
    for key, reference in list(_start.randoms.items()):
        if reference() is None:
            del _start.randoms[key]


# ---- numpy ----

# Initial entropy of seed sequences.
_entropies = set()
# Whether the module's own generator got an explicit seed.
_numpy_seeded = False


def _prepare_bit_generator(module):
    original = module.randbits

    def randbits(count):
        value = original(count)
        _entropies.add(value)
        return value

    return [(original, randbits)]


def _prepare_mtrand(module):
    original = module.seed

    def seed(seed=None):
        global _numpy_seeded
        original(seed)
        _numpy_seeded = seed is not None

    return [(original, seed)]


def _find_bit_generators():
    if "numpy.random.bit_generator" not in _prepared:
        return
    BitGenerator = sys.modules["numpy.random.bit_generator"].BitGenerator
    own = sys.modules["numpy.random.mtrand"]._rand._bit_generator if _numpy_seeded else None
    # A generator does not record whether its seed was explicit; an explicit seed is not among the drawn numbers.
    # Generators of earlier imports may be frozen, which hides them from the collector.
    found = {id(one): one for one in (*_start.bit_generators, *gc.get_objects()) if isinstance(one, BitGenerator)}
    _start.bit_generators[:] = [one for one in found.values() if one is not own and _drawn_entropy(one)]


def _drawn_entropy(generator):
    entropy = getattr(getattr(generator, "seed_seq", None), "entropy", None)
    return isinstance(entropy, int) and entropy in _entropies


# ---- the rest ----


def _prepare_urandom(module):
    return [(module.urandom, _Urandom())]


def _prepare_socket(module):
    # libc keeps a handle of the network after the first look-up, and a snapshot must not contain one.
    def refusing():
        def refuse(*_, **__):
            raise module.gaierror(module.EAI_FAIL, "there is no network while a bundle is made")

        return refuse

    names = ("getaddrinfo", "gethostbyaddr", "gethostbyname", "gethostbyname_ex", "getnameinfo")
    return [(getattr(module, name), refusing()) for name in names if hasattr(module, name)]


def _forget_identity():
    """Reset `uuid`: `uuid1` and its kin keep the machine's identity, here a random number, and the last time."""
    module = sys.modules.get("uuid")
    if module is not None:
        for name in ("_node", "_last_timestamp", "_last_timestamp_v6", "_last_timestamp_v7"):
            if hasattr(module, name):
                setattr(module, name, None)


_PREPARE = {
    "posix": _prepare_urandom,
    "random": _prepare_random,
    "_socket": _prepare_socket,
    "numpy.random.bit_generator": _prepare_bit_generator,
    "numpy.random.mtrand": _prepare_mtrand,
}
