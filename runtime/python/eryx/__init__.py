"""What code in a sandbox can ask of its host."""

import sys

import _eryx_net

from . import _callbacks
from ._calls import CallbackError
from ._start import at_start

__all__ = ["CallbackError", "at_start", "call", "callbacks", "secret"]


def call(name, /, *args, **kwargs):
    """Call the host's callback `name`, as the function of that name does.

    Arguments and answer are whatever JSON can hold.
    """
    return _callbacks.invoke(name, args, kwargs, sys._getframe(1))


def secret(name, /):
    """What stands for the host's secret `name`: to be put into the headers of requests to where it belongs.

    The same text is in `os.environ`. The secret itself never is in the sandbox.
    """
    for known, placeholder in _eryx_net.secrets():
        if known == name:
            return placeholder
    raise KeyError(name)


def callbacks():
    """The host's callbacks, each with name, description, JSON schema of its arguments and of its answer."""
    from ._describing import every

    return every()
