"""Sockets over the host: replaces CPython's own `_socket`, whose calls WASI refuses.

It supports only TCP clients: no listening, and no datagrams. The allowed destinations are the policy of the program
that runs the sandbox. Names are resolved by the host, and connecting goes to the addresses that it gave.
"""

import errno as _errno
import os as _os
import sys as _sys

import _eryx_net
import _imp
from _frozen_importlib import BuiltinImporter as _BuiltinImporter

from eryx import _net


def _load_original():
    # Constants and conversions come from CPython's own module.
    original = _imp.create_builtin(_BuiltinImporter.find_spec(__name__))
    _imp.exec_builtin(original)
    for name, value in original.__dict__.items():
        if name not in _NOT_OURS and not name.startswith("__"):
            globals()[name] = value


_NOT_OURS = {"socket", "SocketType", "CAPI", "close", "dup", "getaddrinfo", "gethostbyaddr", "gethostbyname",
             "gethostbyname_ex", "getnameinfo", "getservbyname", "getservbyport", "getdefaulttimeout",
             "setdefaulttimeout"}
_load_original()

_default_timeout = None
_SERVICES = {"ftp": 21, "ssh": 22, "smtp": 25, "domain": 53, "http": 80, "pop3": 110, "imap": 143, "https": 443,
             "smtps": 465, "submission": 587, "ldap": 389, "ldaps": 636, "imaps": 993, "pop3s": 995, "mysql": 3306,
             "postgresql": 5432}
# Most bytes in flight from one end of a pair to the other.
_PAIR_ROOM = 1 << 18
# Most bytes that one call passes to the host.
_PART = 1 << 16


class NameDeniedError(gaierror, PermissionError):
    """The policy does not allow the name, or the addresses that it resolves to."""


def _name_error(unknown, message):
    return gaierror(EAI_NONAME if unknown else EAI_AGAIN, message)


_net.name_error = _name_error


class _Pair:
    """One end of a pair of sockets within this interpreter."""

    def __init__(self):
        self.received = bytearray()
        self.other = None
        self.ended = False

    def ready(self):
        reading = bool(self.received) or self.ended or self.other is None
        writing = self.other is None or len(self.other.received) < _PAIR_ROOM
        return reading * _net.READING | writing * _net.WRITING

    def end(self, ends):
        if ends & _net.WRITING and self.other is not None:
            self.other.ended = True
        if ends & _net.READING:
            self.ended = True

    def close(self):
        if self.other is not None:
            self.other.ended = True
            self.other.other = None
            self.other = None


class _Open:
    """An open socket, separate from the objects that use it."""

    def __init__(self, family, type, proto):
        self.family = family
        self.type = type
        self.proto = proto
        self.pair = None
        self.peer = None
        # Whether the host knows it, and whether it is still connecting.
        self.known = False
        self.connecting = False
        self.options = {}


def _duplicate(fd):
    raise OSError(_errno.EOPNOTSUPP, "a socket of a sandbox cannot be duplicated")


def dup(fd, /):
    return _duplicate(fd) if fd in _net.sockets else _os.dup(fd)


def close(fd, /):
    if not _close(fd):
        _os.close(fd)


def _close(number):
    one = _net.sockets.pop(number, None)
    if one is None:
        return False
    if one.pair is not None:
        one.pair.close()
    if one.known:
        _eryx_net.close(number)
    return True


class socket:
    # Subclasses, such as that of `ssl`, have further attributes, which must not clash with these.
    __slots__ = ("_eryx_number", "_eryx_one", "_eryx_timeout")

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        self._eryx_number = -1
        self._eryx_one = None
        self._eryx_timeout = _default_timeout
        if fileno is not None:
            one = _net.sockets.get(fileno)
            if one is None:
                number = _errno.EBADF if fileno >= 0 else _errno.EINVAL
                raise OSError(number, "no socket has this number")
            self._eryx_number, self._eryx_one = fileno, one
            return
        family = AF_INET if family == -1 else family
        type = SOCK_STREAM if type == -1 else type
        if type & SOCK_NONBLOCK:
            self._eryx_timeout = 0.0
        type &= ~(SOCK_NONBLOCK | SOCK_CLOEXEC)
        proto = 0 if proto == -1 else proto
        if family not in (AF_INET, AF_INET6):
            raise OSError(_errno.EAFNOSUPPORT, "a sandbox has sockets of IPv4 and IPv6 only")
        if type != SOCK_STREAM or proto not in (0, IPPROTO_TCP):
            raise OSError(_errno.EPROTONOSUPPORT, "a sandbox has TCP sockets only")
        self._eryx_number = _net.new_number()
        self._eryx_one = _net.sockets[self._eryx_number] = _Open(int(family), int(type), proto)

    def __del__(self):
        if getattr(self, "_eryx_number", -1) != -1:
            if _sys is not None and self._eryx_one.known:
                _warn(self)
            self.close()

    def __repr__(self):
        return f"<socket object, fd={self.fileno()}, family={self.family}, type={self.type}, proto={self.proto}>"

    def _eryx_use(self):
        if self._eryx_number == -1 or self._eryx_one is not _net.sockets.get(self._eryx_number):
            raise OSError(_errno.EBADF, "Bad file descriptor")
        return self._eryx_one

    # A closed socket keeps these properties.
    family = property(lambda self: self._eryx_one.family if self._eryx_one else AF_INET)
    type = property(lambda self: self._eryx_one.type if self._eryx_one else SOCK_STREAM)
    proto = property(lambda self: self._eryx_one.proto if self._eryx_one else 0)
    timeout = property(lambda self: self._eryx_timeout)

    def fileno(self):
        return self._eryx_number

    def detach(self):
        number, self._eryx_number = self._eryx_number, -1
        return number

    def close(self):
        number, self._eryx_number = self._eryx_number, -1
        if number != -1:
            _close(number)

    # ---- time-outs ----

    def settimeout(self, value, /):
        if value is not None:
            value = float(value)
            if value != value:
                raise ValueError("Invalid value NaN (not a number)")
            if value < 0:
                raise ValueError("Timeout value out of range")
        self._eryx_timeout = value

    def gettimeout(self):
        return self._eryx_timeout

    def setblocking(self, flag, /):
        self._eryx_timeout = None if flag else 0.0

    def getblocking(self):
        return self._eryx_timeout != 0.0

    # ---- connecting ----

    def connect(self, address, /):
        one = self._eryx_use()
        if one.pair is not None or one.peer is not None and not one.connecting:
            raise OSError(_errno.EISCONN, "Socket is connected")
        if one.connecting:
            if self._eryx_timeout == 0:
                raise BlockingIOError(_errno.EALREADY, "Operation already in progress")
        else:
            host, port = _host_and_port(address)
            host = _one_address(host, one.family)
            _eryx_net.connect(self._eryx_number, host, port)
            one.known = one.connecting = True
            one.peer = (host, port) if one.family == AF_INET else (host, port, 0, 0)
        try:
            self._eryx_finish_connecting(one, _net.nanoseconds(self._eryx_timeout))
        except BlockingIOError:
            raise BlockingIOError(_errno.EINPROGRESS, "Operation now in progress") from None

    def _eryx_finish_connecting(self, one, timeout):
        try:
            _eryx_net.connected(self._eryx_number, timeout)
        except BlockingIOError:
            raise
        except OSError:
            _eryx_net.close(self._eryx_number)
            one.known = one.connecting = False
            one.peer = None
            raise
        one.connecting = False

    def connect_ex(self, address, /):
        try:
            self.connect(address)
        except OSError as error:
            if error.errno is None:
                return _errno.EAGAIN if isinstance(error, TimeoutError) else _errno.EIO
            if isinstance(error, gaierror):
                raise
            return error.errno
        return 0

    def bind(self, address, /):
        self._eryx_use()
        raise OSError(_errno.EOPNOTSUPP, "a sandbox's socket cannot be bound: it can only connect")

    def listen(self, backlog=0, /):
        self._eryx_use()
        raise OSError(_errno.EOPNOTSUPP, "a sandbox's socket cannot listen: it can only connect")

    def _accept(self):
        self._eryx_use()
        raise OSError(_errno.EINVAL, "a sandbox's socket cannot accept: it can only connect")

    def getsockname(self):
        # The host's own address is hidden from the sandbox.
        return ("0.0.0.0", 0) if self._eryx_use().family == AF_INET else ("::", 0, 0, 0)

    def getpeername(self):
        one = self._eryx_use()
        if one.pair is not None:
            return ("0.0.0.0", 0)
        if one.peer is None or one.connecting:
            raise OSError(_errno.ENOTCONN, "Socket not connected")
        return one.peer

    # ---- options: stored, without effect ----

    def setsockopt(self, level, option, value=None, length=None, /):
        self._eryx_use().options[level, option] = length if value is None else value

    def getsockopt(self, level, option, size=0, /):
        one = self._eryx_use()
        value = one.options.get((level, option), 0)
        if level == SOL_SOCKET:
            if option == SO_ERROR:
                value = self._eryx_take_error(one)
            elif option == SO_TYPE:
                value = one.type
        if size == 0:
            return value if isinstance(value, int) else int.from_bytes(value, "little")
        return value.to_bytes(min(size, 4), "little") if isinstance(value, int) else bytes(value)[:size]

    def _eryx_take_error(self, one):
        if one.connecting:
            try:
                self._eryx_finish_connecting(one, 0)
            except BlockingIOError:
                pass
            except OSError as error:
                return error.errno or _errno.ETIMEDOUT
        return 0

    # ---- data ----

    def _eryx_connected(self):
        one = self._eryx_use()
        if one.connecting:
            self._eryx_finish_connecting(one, 0)
        elif one.pair is None and one.peer is None:
            raise OSError(_errno.ENOTCONN, "Socket not connected")
        return one

    def send(self, data, flags=0, /):
        return self._eryx_send(memoryview(data).cast("B"), flags, self._eryx_timeout)

    def _eryx_send(self, view, flags, timeout):
        one = self._eryx_connected()
        if flags & MSG_DONTWAIT:
            timeout = 0
        if one.pair is not None:
            return _send_to_pair(one.pair, view)
        return _eryx_net.send(self._eryx_number, view[:_PART], _net.nanoseconds(timeout))

    def sendall(self, data, flags=0, /):
        deadline = _Deadline(self._eryx_timeout)
        with memoryview(data) as view, view.cast("B") as octets:
            done = 0
            while done < len(octets):
                done += self._eryx_send(octets[done:], flags, deadline.left())

    def sendto(self, data, flags, address=None, /):
        return self.send(data, flags if address is not None else 0)

    def recv(self, size, flags=0, /):
        if size < 0:
            raise ValueError("negative buffersize in recv")
        one = self._eryx_connected()
        timeout = 0 if flags & MSG_DONTWAIT else self._eryx_timeout
        peek = bool(flags & MSG_PEEK)
        if one.pair is not None:
            return _receive_from_pair(one.pair, size, peek, timeout)
        if not flags & MSG_WAITALL:
            return _eryx_net.receive(self._eryx_number, min(size, 0xFFFF_FFFF), peek, _net.nanoseconds(timeout))
        deadline = _Deadline(timeout)
        parts, left = [], size
        while left:
            part = _eryx_net.receive(self._eryx_number, min(left, 0xFFFF_FFFF), peek, _net.nanoseconds(deadline.left()))
            parts.append(part)
            left -= len(part)
            if not part or peek:
                break
        return b"".join(parts)

    def recv_into(self, buffer, nbytes=0, flags=0):
        if nbytes < 0:
            raise ValueError("negative buffersize in recv_into")
        with memoryview(buffer) as view, view.cast("B") as octets:
            if nbytes > len(octets):
                raise ValueError("buffer too small for requested bytes")
            data = self.recv(nbytes or len(octets), flags)
            octets[: len(data)] = data
            return len(data)

    def recvfrom(self, size, flags=0, /):
        return self.recv(size, flags), self.getpeername()

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        return self.recv_into(buffer, nbytes, flags), self.getpeername()

    def shutdown(self, how, /):
        one = self._eryx_connected()
        if one.pair is not None:
            one.pair.end(how)
        else:
            _eryx_net.shutdown(self._eryx_number, how)


SocketType = socket


class _Deadline:
    """A time-out for several calls together."""

    def __init__(self, timeout):
        self._timeout = timeout
        if timeout:
            from time import monotonic

            self._now = monotonic
            self._end = monotonic() + timeout

    def left(self):
        if not self._timeout:
            return self._timeout
        left = self._end - self._now()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


def _warn(one):
    import warnings

    warnings.warn(f"unclosed {one!r}", ResourceWarning, stacklevel=3, source=one)


# ---- pairs ----


def socketpair(family=None, type=SOCK_STREAM, proto=0, /):
    """Two sockets within this interpreter, connected with each other."""
    one, other = socket(AF_INET, type, proto), socket(AF_INET, type, proto)
    one._eryx_one.pair, other._eryx_one.pair = _Pair(), _Pair()
    one._eryx_one.pair.other, other._eryx_one.pair.other = other._eryx_one.pair, one._eryx_one.pair
    return one, other


def _send_to_pair(pair, view):
    if pair.other is None or pair.other.ended:
        raise BrokenPipeError(_errno.EPIPE, "Broken pipe")
    part = view[: _PAIR_ROOM - len(pair.other.received)]
    if view and not part:
        # Waiting would never end: the receiver runs in this interpreter.
        raise BlockingIOError(_errno.EAGAIN, "Resource temporarily unavailable")
    pair.other.received += part
    return len(part)


def _receive_from_pair(pair, size, peek, timeout):
    if not pair.received and not pair.ended and pair.other is not None:
        if timeout == 0:
            raise BlockingIOError(_errno.EAGAIN, "Resource temporarily unavailable")
        if timeout is None:
            raise OSError(_errno.EDEADLK, "nothing can be sent to this socket while this waits for it")
        _eryx_net.poll([], _net.nanoseconds(timeout), False)
        raise TimeoutError("timed out")
    data = bytes(pair.received[:size])
    if not peek:
        del pair.received[:size]
    return data


# ---- names ----


def getdefaulttimeout():
    return _default_timeout


def setdefaulttimeout(timeout, /):
    global _default_timeout
    if timeout is not None and float(timeout) < 0:
        raise ValueError("Timeout value out of range")
    _default_timeout = None if timeout is None else float(timeout)


def _host_and_port(address):
    if not isinstance(address, tuple) or len(address) < 2:
        raise TypeError(f"an address is a tuple of host and port, not {address!r:.100}")
    host, port = address[:2]
    if not isinstance(port, int):
        raise TypeError(f"a port is an int, not {type(port).__name__}")
    if not 0 <= port <= 0xFFFF:
        raise OverflowError("port must be 0-65535.")
    return host, port


def _family(host):
    """Family of an address as text; None if it is not an address."""
    for family in (AF_INET, AF_INET6):
        try:
            inet_pton(family, host)
        except (OSError, ValueError):
            continue
        return family
    return None


def _name(host):
    """A host as ASCII text."""
    if isinstance(host, (bytes, bytearray)):
        return bytes(host).decode("ascii")
    if not isinstance(host, str):
        raise TypeError(f"a host is text, not {type(host).__name__}")
    return host if host.isascii() else host.encode("idna").decode("ascii")


def _addresses(host, family):
    """(family, address) of a host, resolved by the host of the sandbox unless it is an address."""
    host = _name(host)
    own = _family(host)
    if own is not None:
        found = [(own, host)]
    else:
        try:
            found = [(_family(address), address) for address in _eryx_net.resolve(host)]
        except PermissionError as error:
            raise NameDeniedError(EAI_FAIL, error.strerror) from None
    found = [one for one in found if family in (AF_UNSPEC, one[0])]
    if not found:
        kind = "IPv4" if family == AF_INET else "IPv6"
        raise gaierror(EAI_NONAME, f"`{host:.100}` has no {kind} address")
    return found


def _one_address(host, family):
    if host == "":
        return "0.0.0.0" if family == AF_INET else "::"
    return _addresses(host, family)[0][1]


def _port(port, flags):
    if port is None:
        return 0
    if isinstance(port, int):
        return port
    text = port.decode("ascii") if isinstance(port, bytes) else port
    if not isinstance(text, str):
        raise OSError("Int or String expected")
    if text.isdecimal():
        return int(text)
    if flags & AI_NUMERICSERV or text not in _SERVICES:
        raise gaierror(EAI_SERVICE, f"service `{text:.100}` is not known")
    return _SERVICES[text]


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    if family not in (AF_UNSPEC, AF_INET, AF_INET6):
        raise gaierror(EAI_FAMILY, "address family not supported")
    number = _port(port, flags)
    if host is None:
        passive = flags & AI_PASSIVE
        both = [(AF_INET6, "::" if passive else "::1"), (AF_INET, "0.0.0.0" if passive else "127.0.0.1")]
        found = [one for one in both if family in (AF_UNSPEC, one[0])]
    elif flags & AI_NUMERICHOST and _family(_name(host)) is None:
        raise gaierror(EAI_NONAME, "Name or service not known")
    else:
        found = _addresses(host, family)
    kind = type or SOCK_STREAM
    protocol = proto or (IPPROTO_TCP if kind == SOCK_STREAM else IPPROTO_UDP)
    canonical = _name(host) if flags & AI_CANONNAME and host is not None else ""
    return [
        (own, kind, protocol, canonical, (address, number) if own == AF_INET else (address, number, 0, 0))
        for own, address in found
    ]


def gethostbyname(name, /):
    return _addresses(name, AF_INET)[0][1] if name else "0.0.0.0"


def gethostbyname_ex(name, /):
    return _name(name), [], [address for _, address in _addresses(name, AF_INET)]


def gethostbyaddr(address, /):
    raise herror(1, "addresses are not looked up in a sandbox, only names")


def getnameinfo(address, flags, /):
    host, port = _host_and_port(address)
    if flags & NI_NAMEREQD:
        raise gaierror(EAI_NONAME, "addresses are not looked up in a sandbox, only names")
    if not flags & NI_NUMERICSERV:
        for name, number in _SERVICES.items():
            if number == port:
                return host, name
    return host, str(port)


def getservbyname(name, protocol=None, /):
    if name in _SERVICES:
        return _SERVICES[name]
    raise OSError("service/proto not found")


def getservbyport(port, protocol=None, /):
    for name, number in _SERVICES.items():
        if number == port:
            return name
    raise OSError("port/proto not found")
