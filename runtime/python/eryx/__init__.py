"""What code in a sandbox can ask of its host."""

import sys

from . import _callbacks
from ._calls import CallbackError
from ._start import at_start

__all__ = ["CallbackError", "at_start", "call", "callbacks"]


def call(name, /, *args, **kwargs):
    """Call the host's callback `name`, as the function of that name does.

    Arguments and answer are whatever JSON can hold.
    """
    return _callbacks.invoke(name, args, kwargs, sys._getframe(1))


def callbacks():
    """The host's callbacks, each with name, description, JSON schema of its arguments and of its answer."""
    from ._describing import every

    return every()
