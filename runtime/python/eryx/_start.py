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
    global _called
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
    randoms.clear()


def _seed_bit_generators():
    while bit_generators:
        generator = bit_generators[-1]
        # State and seed sequence, which is what `spawn` derives others from.
        generator.__setstate__(type(generator)().__getstate__())
        bit_generators.pop()
