"""Renews the state at the start of each sandbox that the snapshot froze."""

import os

import _eryx_net
import _eryx_settings as _settings

# Weak references to the `random.Random`s that were seeded from entropy while warming, by id.
randoms = {}
# numpy's bit generators that were seeded from entropy while warming.
bit_generators = []

# Functions that packages registered, in order, and how many of them have been called here.
_functions = []
_called = 0

# The generators that were reseeded here. A copy of this sandbox seeds them once more.
_seeded_randoms = {}
_seeded_bit_generators = []

# Whether this interpreter is a copy of one that had run, and the state that `release` saved for `resume`.
_copied = False
_before = None


def at_start(function):
    """Call `function`, without arguments, at the start of each sandbox, before its code.

    For modules that are imported while a bundle is made, and keep state that must not be the same in every
    sandbox: a seeded generator, a token, an identity, a time. The first execution raises the function's exceptions,
    and the sandbox's code does not run. Can be used as a decorator.

    In a running sandbox it has no effect: state that was created there is unique.
    """
    if not callable(function):
        raise TypeError(f"at_start takes a function, not {type(function).__name__}")
    _functions.append(function)
    return function


def run():
    """Run all renewals. The next call repeats a failed one: code must not run on frozen entropy."""
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
            # The method of the base class, because a subclass may have a `seed` with other arguments.
            Random.seed(generator)
    _seeded_randoms.update(randoms)
    randoms.clear()


def _seed_bit_generators():
    while bit_generators:
        generator = bit_generators[-1]
        # State and seed sequence; `spawn` derives other generators from the latter.
        generator.__setstate__(type(generator)().__getstate__())
        _seeded_bit_generators.append(bit_generators.pop())


def release():
    """Note that the continuation is a copy of this sandbox, which has a separate start."""
    global _before, _copied
    from . import _session

    _before = _session._started, _copied
    if _session._started:
        _copied = True
        _session._started = False


def resume():
    """Undo `release`: this is the origin of the copy."""
    global _before, _copied
    from . import _session

    _session._started, _copied = _before
    _before = None


def _copy_begins():
    """Repeat the renewals of a start, and those of `random` in the child of a fork."""
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
