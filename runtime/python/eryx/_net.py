"""Shared code of `_socket`, `select` and `_ssl`: numbers, errors and waiting for several sockets.

A socket is a number. This interpreter assigns each number only once; the host maps it to the connection that goes
with it. A copy of the interpreter (a fork, a restored snapshot) has the numbers and no connections: its sockets are
closed ones.
"""

import errno
import os

import _eryx_net

# Far from the descriptors of files.
_FIRST = 1 << 20
_last = _FIRST - 1

READING = 1
WRITING = 2

# Sockets by number: their state besides the host's connection.
sockets = {}


def new_number():
    """A number that was not used before."""
    global _last
    _last += 1
    return _last


def nanoseconds(seconds):
    """A time-out in the host's unit."""
    if seconds is None:
        return None
    # Rounded up: a tiny time-out must not become zero.
    return min(int(seconds * 1e9) + 1, (1 << 64) - 1) if seconds > 0 else 0


# ---- errors ----

_ERRNOS = {
    0: errno.EACCES,
    1: errno.EDQUOT,
    2: errno.EAGAIN,
    6: errno.ECONNREFUSED,
    7: errno.EHOSTUNREACH,
    8: errno.ECONNRESET,
    9: errno.EPIPE,
    10: errno.EBADF,
    11: errno.ENOTCONN,
    12: errno.EINVAL,
}
_TIMED_OUT = 3
_NAMES = (4, 5)
_TLS = (13, 14)

# Set by `_socket` and `_ssl`, which have the exceptions: called with the code, the message, and whether it is a
# certificate.
name_error = None
tls_error = None


def _make_error(code, message):
    """The exception for an error of the host; `code` is a number of the WIT enum `error-code`."""
    if code == _TIMED_OUT:
        return TimeoutError(message or "timed out")
    if code in _NAMES and name_error is not None:
        return name_error(code == 4, message)
    if code in _TLS and tls_error is not None:
        return tls_error(code == 13, message)
    number = _ERRNOS.get(code, errno.EIO)
    return OSError(number, message or os.strerror(number))


_eryx_net.set_error(_make_error)


# ---- waiting ----


def wait(interests, timeout, callbacks=False):
    """Wait until a socket is ready, a callback has completed or the time is over.

    `interests` are (number, ends); returns a list of those and the result of `_eryx.wait`.
    """
    of_host = []
    ready = []
    for number, ends in interests:
        socket = sockets.get(number)
        if socket is None:
            if number >= _FIRST:
                of_host.append((number, ends))  # closed: the host says so
            else:
                ready.append((number, ends))  # a file, which is always ready
        elif socket.pair is None:
            of_host.append((number, ends))
        elif here := socket.pair.ready() & ends:
            ready.append((number, here))
    if ready:
        timeout = 0
    elif timeout is None and interests and not of_host and not callbacks:
        raise OSError(errno.EDEADLK, "nothing can make one of these sockets ready while this waits for them")
    more, completion = _eryx_net.poll(of_host, timeout, callbacks)
    return ready + more, completion


def _wait_in_loop(interests, timeout):
    return wait(interests, timeout, True)


def _join_event_loop():
    try:
        from . import _calls
    except ImportError:
        return
    _calls.poll_sockets = _wait_in_loop


_join_event_loop()
