"""Functions of the host for code in a sandbox."""

import sys

import _eryx_net

from . import _callbacks
from ._calls import CallbackError
from ._start import at_start

__all__ = ["CallbackError", "at_start", "call", "callbacks", "secret"]


def call(name, /, *args, **kwargs):
    """Call the host's callback `name`, like the function of that name.

    Arguments and answer are JSON values.
    """
    return _callbacks.invoke(name, args, kwargs, sys._getframe(1))


def secret(name, /):
    """Return the placeholder for the host's secret `name`, for headers of requests to the secret's hosts.

    The same text is in `os.environ`. The secret itself is never in the sandbox.
    """
    for known, placeholder in _eryx_net.secrets():
        if known == name:
            return placeholder
    raise KeyError(name)


def callbacks():
    """Return the host's callbacks, each with name, description, and JSON schemas of its arguments and its answer."""
    from ._describing import every

    return every()
