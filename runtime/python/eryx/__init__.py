"""What code in a sandbox can ask of its host."""

import _eryx
import _eryx_net

from ._start import at_start

__all__ = ["CallbackError", "at_start", "call", "callbacks", "secret"]


class CallbackError(RuntimeError):
    """The host refused a callback, or the callback answered with an error."""

    _PREFIXES = ("no callback is named ", "the host refused: ", "")

    def __init__(self, kind, text=""):
        # The guest library raises it with the number of the error's kind; Python code may raise it with a message.
        if isinstance(kind, int):
            text = self._PREFIXES[kind] + (repr(text) if kind == 0 else text)
        else:
            text = kind
        super().__init__(text)


def call(name, /, **arguments):
    """Call the host's callback `name` and return its answer.

    Arguments and answer are whatever JSON can hold. Blocks until the answer is there.
    """
    import json

    return json.loads(_eryx.call(name, json.dumps(arguments)))


def secret(name, /):
    """What stands for the host's secret `name`: to be put into the headers of requests to where it belongs.

    The same text is in `os.environ`. The secret itself never is in the sandbox.
    """
    for known, placeholder in _eryx_net.secrets():
        if known == name:
            return placeholder
    raise KeyError(name)


def callbacks():
    """The host's callbacks, as a list of (name, description, JSON schema of the arguments)."""
    return _eryx.callbacks()


_eryx.set_callback_error(CallbackError)
