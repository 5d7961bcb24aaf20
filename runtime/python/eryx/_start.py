"""What each sandbox does anew at its start, because the snapshot froze it."""

import os

import _eryx_net
import _eryx_settings as _settings

# Weak references to the `random.Random`s that were seeded from entropy while warming, by id.
randoms = {}
# numpy's bit generators that were.
bit_generators = []

# What packages have asked for, in the order in which they did, and how many of them have been called here.
_functions = []
_called = 0

# The generators that were seeded anew here. A copy of this sandbox seeds them once more.
_seeded_randoms = {}
_seeded_bit_generators = []

# Whether this interpreter is a copy of one that had run, and what `release` found, for `resume`.
_copied = False
_before = None


def at_start(function):
    """Call `function`, without arguments, at the start of each sandbox, before its code.

    For modules that are imported while a bundle is made, and keep something that must not be the same in every
    sandbox: a seeded generator, a token, an identity, a time. What the function raises is raised by the first
    execution, and the sandbox's code does not run. Can be used as a decorator.

    In a sandbox that runs already it does nothing: what was made there is its own.
    """
    if not callable(function):
        raise TypeError(f"at_start takes a function, not {type(function).__name__}")
    _functions.append(function)
    return function


def run():
    """Do all of it. What fails is tried again with the next call: nothing may run on frozen entropy."""
    global _called, _copied
    if _copied:
        _copy_begins()
        _copied = False
    _settings.limit_recursion()
    watch = _settings.watched()
    if watch is not None:
        from . import _events

        _events.start(*watch)
    if randoms:
        _seed_randoms()
    if bit_generators:
        _seed_bit_generators()
    _set_secrets()
    while _called < len(_functions):
        _functions[_called]()
        _called += 1


def _set_secrets():
    for name, placeholder in _eryx_net.secrets():
        os.environ[name] = placeholder


def _seed_randoms():
    from random import Random

    for reference in randoms.values():
        generator = reference()
        if generator is not None:
            # The class's own: a subclass may have given `seed` other arguments.
            Random.seed(generator)
    _seeded_randoms.update(randoms)
    randoms.clear()


def _seed_bit_generators():
    while bit_generators:
        generator = bit_generators[-1]
        # State and seed sequence, which is what `spawn` derives others from.
        generator.__setstate__(type(generator)().__getstate__())
        _seeded_bit_generators.append(bit_generators.pop())


def release():
    """Note that whoever goes on from here is a copy of this sandbox, which has a start of its own."""
    global _before, _copied
    from . import _session

    _before = _session._started, _copied
    if _session._started:
        _copied = True
        _session._started = False


def resume():
    """Take that back: this is the one that was copied."""
    global _before, _copied
    from . import _session

    _session._started, _copied = _before
    _before = None


def _copy_begins():
    """Have done again what every start does, and what `random` does in the child of a fork."""
    global _called
    import sys
    from weakref import ref

    _called = 0
    events = sys.modules.get("eryx._events")
    if events is not None:
        events.stop()
    randoms.update(_seeded_randoms)
    _seeded_randoms.clear()
    module = sys.modules.get("random")
    if module is not None:
        randoms[id(module._inst)] = ref(module._inst)
    bit_generators.extend(_seeded_bit_generators)
    _seeded_bit_generators.clear()
    module = sys.modules.get("numpy.random.mtrand")
    if module is not None and all(module._rand._bit_generator is not one for one in bit_generators):
        bit_generators.append(module._rand._bit_generator)
    module = sys.modules.get("uuid")
    if module is not None:
        module._node = module._last_timestamp = None
        for name in ("_last_timestamp_v6", "_last_timestamp_v7"):
            if hasattr(module, name):
                setattr(module, name, None)
