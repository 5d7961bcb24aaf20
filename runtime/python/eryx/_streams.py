"""The standard streams of a sandbox: text streams whose bytes go straight to the host, and come from it."""

import _eryx
import io
import sys


class _HostOutput(io.RawIOBase):
    """The raw end of standard output or error.

    It does not write to the file descriptor: that would open a WASI stream, and a guest that holds one cannot be
    kept as a snapshot. `fileno` still names the descriptor, because `os.write` to it reaches the same place.
    """

    def __init__(self, fd, name):
        self._fd = fd
        self.name = name

    def fileno(self):
        return self._fd

    def writable(self):
        return True

    def isatty(self):
        return False

    def write(self, data):
        # The host may take only a part; the buffer above then writes the rest.
        return _eryx.write(self._fd, data)


class _HostInput(io.RawIOBase):
    """The raw end of standard input. Each execution has a separate one."""

    name = "<stdin>"
    # Whether bytes were read: then the buffers above may hold some of them.
    used = False

    def fileno(self):
        return 0

    def readable(self):
        return True

    def isatty(self):
        return False

    def readinto(self, buffer):
        self.used = True
        data = _eryx.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def open_output(fd, name):
    """A text stream that passes each finished line to the host at once."""
    stream = io.TextIOWrapper(
        io.BufferedWriter(_HostOutput(fd, name), 8192),
        encoding="utf-8",
        errors="backslashreplace" if fd == 2 else "surrogateescape",
        newline="\n",
        line_buffering=True,
    )
    stream.mode = "w"
    return stream


def _open_input():
    global _input
    _input = _HostInput()
    stream = io.TextIOWrapper(io.BufferedReader(_input, 8192), encoding="utf-8", errors="surrogateescape")
    stream.mode = "r"
    if sys.stdin is sys.__stdin__:
        sys.stdin = stream
    sys.__stdin__ = stream


def install():
    """Replace the streams that CPython opened on the file descriptors."""
    sys.stdout = sys.__stdout__ = open_output(1, "<stdout>")
    sys.stderr = sys.__stderr__ = open_output(2, "<stderr>")
    sys.stdin = sys.__stdin__
    _open_input()


def begin():
    """Drop the remaining input of the previous execution."""
    if _input.used:
        _open_input()


def flush():
    """Pass the last output to the host, even an unfinished line."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass  # the code replaced or closed it
