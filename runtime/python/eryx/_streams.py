"""`sys.stdout` and `sys.stderr` of a sandbox: text streams whose bytes go straight to the host."""

import _eryx
import io
import sys


# Bytes of one write. What is more comes with the next one: the host copies each as a whole.
_MOST = 1 << 20


class _HostStream(io.RawIOBase):
    """The raw end of a standard stream.

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
        with memoryview(data) as view, view.cast("B") as octets, octets[:_MOST] as part:
            _eryx.write(self._fd, part)
            return len(part)


def open_stream(fd, name):
    """A text stream that hands each finished line to the host as it is written."""
    raw = _HostStream(fd, name)
    stream = io.TextIOWrapper(
        io.BufferedWriter(raw, 8192),
        encoding="utf-8",
        errors="backslashreplace" if fd == 2 else "surrogateescape",
        newline="\n",
        line_buffering=True,
    )
    stream.mode = "w"
    return stream


def install():
    """Replace the streams that CPython opened on the file descriptors."""
    sys.stdout = sys.__stdout__ = open_stream(1, "<stdout>")
    sys.stderr = sys.__stderr__ = open_stream(2, "<stderr>")
