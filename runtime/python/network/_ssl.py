"""TLS of the host under the names of OpenSSL's interface, which `ssl` uses.

The host converts plaintext to records and back, and decides about trust: it has the roots, the keys and the
cryptography. This module carries the records, over a socket or through memory. Only clients.
"""

from _weakref import ref as _ref

import _eryx_net

from eryx import _net

# The interface's version, because there is no library. Libraries check its first word.
OPENSSL_VERSION = "OpenSSL is not in this sandbox: names of its interface 1.1.1, over rustls"
OPENSSL_VERSION_INFO = _OPENSSL_API_VERSION = (1, 1, 1, 0, 0)
OPENSSL_VERSION_NUMBER = 0x10101000
_DEFAULT_CIPHERS = ""

HAS_SNI = HAS_ECDH = HAS_ALPN = HAS_TLSv1_2 = HAS_TLSv1_3 = True
HAS_NPN = HAS_PSK = HAS_PSK_TLS13 = HAS_PHA = HAS_TLS_UNIQUE = False
HAS_SSLv2 = HAS_SSLv3 = HAS_TLSv1 = HAS_TLSv1_1 = False

ALERT_DESCRIPTION_ACCESS_DENIED = 49
ALERT_DESCRIPTION_BAD_CERTIFICATE = 42
ALERT_DESCRIPTION_BAD_CERTIFICATE_HASH_VALUE = 114
ALERT_DESCRIPTION_BAD_CERTIFICATE_STATUS_RESPONSE = 113
ALERT_DESCRIPTION_BAD_RECORD_MAC = 20
ALERT_DESCRIPTION_CERTIFICATE_EXPIRED = 45
ALERT_DESCRIPTION_CERTIFICATE_REVOKED = 44
ALERT_DESCRIPTION_CERTIFICATE_UNKNOWN = 46
ALERT_DESCRIPTION_CERTIFICATE_UNOBTAINABLE = 111
ALERT_DESCRIPTION_CLOSE_NOTIFY = 0
ALERT_DESCRIPTION_DECODE_ERROR = 50
ALERT_DESCRIPTION_DECOMPRESSION_FAILURE = 30
ALERT_DESCRIPTION_DECRYPT_ERROR = 51
ALERT_DESCRIPTION_HANDSHAKE_FAILURE = 40
ALERT_DESCRIPTION_ILLEGAL_PARAMETER = 47
ALERT_DESCRIPTION_INSUFFICIENT_SECURITY = 71
ALERT_DESCRIPTION_INTERNAL_ERROR = 80
ALERT_DESCRIPTION_NO_RENEGOTIATION = 100
ALERT_DESCRIPTION_PROTOCOL_VERSION = 70
ALERT_DESCRIPTION_RECORD_OVERFLOW = 22
ALERT_DESCRIPTION_UNEXPECTED_MESSAGE = 10
ALERT_DESCRIPTION_UNKNOWN_CA = 48
ALERT_DESCRIPTION_UNKNOWN_PSK_IDENTITY = 115
ALERT_DESCRIPTION_UNRECOGNIZED_NAME = 112
ALERT_DESCRIPTION_UNSUPPORTED_CERTIFICATE = 43
ALERT_DESCRIPTION_UNSUPPORTED_EXTENSION = 110
ALERT_DESCRIPTION_USER_CANCELLED = 90
CERT_NONE = 0
CERT_OPTIONAL = 1
CERT_REQUIRED = 2
ENCODING_DER = 2
ENCODING_PEM = 1
HOSTFLAG_ALWAYS_CHECK_SUBJECT = 1
HOSTFLAG_MULTI_LABEL_WILDCARDS = 8
HOSTFLAG_NEVER_CHECK_SUBJECT = 32
HOSTFLAG_NO_PARTIAL_WILDCARDS = 4
HOSTFLAG_NO_WILDCARDS = 2
HOSTFLAG_SINGLE_LABEL_SUBDOMAINS = 16
OP_ALL = 0x80000050
OP_CIPHER_SERVER_PREFERENCE = 0x400000
OP_ENABLE_KTLS = 8
OP_ENABLE_MIDDLEBOX_COMPAT = 0x100000
OP_IGNORE_UNEXPECTED_EOF = 128
OP_LEGACY_SERVER_CONNECT = 4
OP_NO_COMPRESSION = 0x20000
OP_NO_RENEGOTIATION = 0x40000000
OP_NO_SSLv2 = 0
OP_NO_SSLv3 = 0x2000000
OP_NO_TICKET = 16384
OP_NO_TLSv1 = 0x4000000
OP_NO_TLSv1_1 = 0x10000000
OP_NO_TLSv1_2 = 0x8000000
OP_NO_TLSv1_3 = 0x20000000
OP_SINGLE_DH_USE = 0
OP_SINGLE_ECDH_USE = 0
PROTOCOL_SSLv23 = 2
PROTOCOL_TLS = 2
PROTOCOL_TLS_CLIENT = 16
PROTOCOL_TLS_SERVER = 17
PROTOCOL_TLSv1 = 3
PROTOCOL_TLSv1_1 = 4
PROTOCOL_TLSv1_2 = 5
PROTO_MAXIMUM_SUPPORTED = -1
PROTO_MINIMUM_SUPPORTED = -2
PROTO_SSLv3 = 768
PROTO_TLSv1 = 769
PROTO_TLSv1_1 = 770
PROTO_TLSv1_2 = 771
PROTO_TLSv1_3 = 772
SSL_ERROR_EOF = 8
SSL_ERROR_INVALID_ERROR_CODE = 10
SSL_ERROR_SSL = 1
SSL_ERROR_SYSCALL = 5
SSL_ERROR_WANT_CONNECT = 7
SSL_ERROR_WANT_READ = 2
SSL_ERROR_WANT_WRITE = 3
SSL_ERROR_WANT_X509_LOOKUP = 4
SSL_ERROR_ZERO_RETURN = 6
VERIFY_ALLOW_PROXY_CERTS = 64
VERIFY_CRL_CHECK_CHAIN = 12
VERIFY_CRL_CHECK_LEAF = 4
VERIFY_DEFAULT = 0
VERIFY_X509_PARTIAL_CHAIN = 0x80000
VERIFY_X509_STRICT = 32
VERIFY_X509_TRUSTED_FIRST = 32768


class SSLError(OSError):
    """An error of TLS."""

    library = reason = None

    def __str__(self):
        return self.strerror if isinstance(self.strerror, str) else super().__str__()


class SSLZeroReturnError(SSLError):
    """The connection was closed cleanly."""


class SSLWantReadError(SSLError):
    """More data must be received first."""


class SSLWantWriteError(SSLError):
    """More data must be sent first."""


class SSLSyscallError(SSLError):
    """The system refused."""


class SSLEOFError(SSLError):
    """The connection was closed without notice."""


class SSLCertVerificationError(SSLError, ValueError):
    """A certificate is not valid."""


for _error in (
    SSLError,
    SSLZeroReturnError,
    SSLWantReadError,
    SSLWantWriteError,
    SSLSyscallError,
    SSLEOFError,
    SSLCertVerificationError,
):
    _error.__module__ = "ssl"  # as everybody knows them


# OpenSSL's numbers for problems with a certificate, by the beginning of the host's text.
_VERIFY_CODES = {"certificate is not yet": 9, "certificate has exp": 10, "unable to get local": 20, "Hostname mis": 62}


def _tls_error(of_certificate, message):
    if not of_certificate:
        error = SSLError(SSL_ERROR_SSL, f"[SSL] {message}")
        error.reason = "TLS"
    else:
        text = f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {message}"
        error = SSLCertVerificationError(SSL_ERROR_SSL, text)
        error.reason = "CERTIFICATE_VERIFY_FAILED"
        error.verify_message = message
        error.verify_code = next((code for start, code in _VERIFY_CODES.items() if message.startswith(start)), 1)
    error.library = "SSL"
    return error


_net.tls_error = _tls_error


def _unavailable(message):
    def refuse(*_, **__):
        raise SSLError(SSL_ERROR_SSL, message)

    return refuse


class _SSLContext:
    """Settings of sessions."""

    def __new__(cls, protocol, /):
        self = super().__new__(cls)
        client = protocol == PROTOCOL_TLS_CLIENT
        self._protocol = protocol
        self._check_hostname = client
        self._verify_mode = CERT_REQUIRED if client else CERT_NONE
        self.options = OP_ALL | OP_NO_SSLv3
        self.verify_flags = VERIFY_X509_TRUSTED_FIRST
        self.minimum_version = PROTO_MINIMUM_SUPPORTED
        self.maximum_version = PROTO_MAXIMUM_SUPPORTED
        self.num_tickets = 2
        self.security_level = 1
        self.post_handshake_auth = False
        self.keylog_filename = None
        self.sni_callback = None
        self._msg_callback = None
        self._host_flags = HOSTFLAG_NO_PARTIAL_WILDCARDS
        self._protocols = []
        self._locations = []
        self._roots = None
        return self

    protocol = property(lambda self: self._protocol)
    # `ssl.SSLContext` sets these through the descriptors of its base.
    options = property(lambda self: self._options, lambda self, value: setattr(self, "_options", int(value)))
    verify_flags = property(lambda self: self._flags, lambda self, value: setattr(self, "_flags", int(value)))
    minimum_version = property(lambda self: self._least, lambda self, value: setattr(self, "_least", int(value)))
    maximum_version = property(lambda self: self._most, lambda self, value: setattr(self, "_most", int(value)))
    _msg_callback = property(
        lambda self: self._message_callback, lambda self, value: setattr(self, "_message_callback", value)
    )

    @property
    def verify_mode(self):
        return self._verify_mode

    @verify_mode.setter
    def verify_mode(self, mode):
        if mode == CERT_NONE and self._check_hostname:
            raise ValueError("Cannot set verify_mode to CERT_NONE when check_hostname is enabled.")
        self._verify_mode = int(mode)

    @property
    def check_hostname(self):
        return self._check_hostname

    @check_hostname.setter
    def check_hostname(self, check):
        self._check_hostname = bool(check)
        if check and self._verify_mode == CERT_NONE:
            self._verify_mode = CERT_REQUIRED

    def set_ciphers(self, ciphers):
        pass

    def get_ciphers(self):
        return []

    def _set_alpn_protocols(self, protocols):
        self._protocols = []
        rest = bytes(protocols)
        while rest:
            self._protocols.append(rest[1 : 1 + rest[0]])
            rest = rest[1 + rest[0] :]

    def set_default_verify_paths(self):
        pass  # the host's roots always count

    def load_verify_locations(self, cafile=None, capath=None, cadata=None):
        """Add certificates. They count if the policy lets the guest add any; the host's always count."""
        if cafile is None and capath is None and cadata is None:
            raise TypeError("cafile, capath and cadata cannot be all omitted")
        if cafile is not None:
            open(cafile, "rb").close()
        self._locations.append((cafile, capath, cadata))
        self._roots = None

    def _certificates(self):
        if self._roots is None:
            self._roots = list(dict.fromkeys(der for one in self._locations for der in _load(*one)))
        return self._roots

    def cert_store_stats(self):
        count = len(self._certificates())
        return {"x509": count, "crl": 0, "x509_ca": count}

    def get_ca_certs(self, binary_form=False):
        return [one if binary_form else _decode(one) for one in self._certificates()]

    def session_stats(self):
        names = ("number", "connect", "connect_good", "connect_renegotiate", "accept", "accept_good")
        return dict.fromkeys((*names, "accept_renegotiate", "hits", "misses", "timeouts", "cache_full"), 0)

    load_cert_chain = _unavailable("certificates of clients are not available in a sandbox")
    load_dh_params = set_ecdh_curve = _unavailable("the host chooses how keys are exchanged")
    set_psk_client_callback = set_psk_server_callback = _unavailable("shared keys are not available in a sandbox")

    def _versions(self):
        """Lowest and highest version of TLS, as on the wire."""
        lowest = max(self._least, PROTO_TLSv1_2)
        highest = PROTO_TLSv1_3 if self._most == PROTO_MAXIMUM_SUPPORTED else self._most
        if self._options & OP_NO_TLSv1_2:
            lowest = max(lowest, PROTO_TLSv1_3)
        if self._options & OP_NO_TLSv1_3:
            highest = min(highest, PROTO_TLSv1_2)
        return lowest, max(highest, 0)

    def _wrap_socket(self, sock, server_side, server_hostname=None, *, owner=None, session=None):
        return _Session(self, _OverSocket(sock), server_side, server_hostname, owner)

    def _wrap_bio(self, incoming, outgoing, server_side, server_hostname=None, *, owner=None, session=None):
        return _Session(self, _OverMemory(incoming, outgoing), server_side, server_hostname, owner)


def _load(cafile, capath, cadata):
    """Certificates in DER."""
    import base64
    import os
    import re

    texts = []
    if cafile is not None:
        texts.append(open(cafile, "rb").read())
    if capath is not None:
        for name in sorted(os.listdir(capath)):
            path = os.path.join(os.fsdecode(capath), os.fsdecode(name))
            if os.path.isfile(path):
                texts.append(open(path, "rb").read())
    if isinstance(cadata, str):
        texts.append(cadata.encode("ascii"))
    elif cadata is not None:
        yield bytes(cadata)
    for text in texts:
        found = re.findall(rb"-----BEGIN (?:TRUSTED )?CERTIFICATE-----([^-]+)-----END", text)
        for body in found:
            yield base64.b64decode(body)


class MemoryBIO:
    """Bytes in flight from or to a session."""

    def __init__(self):
        self._bytes = bytearray()
        self._ended = False

    def read(self, size=-1, /):
        part = bytes(self._bytes if size < 0 else self._bytes[:size])
        del self._bytes[: len(part)]
        return part

    def write(self, data, /):
        if self._ended:
            raise SSLError(SSL_ERROR_SSL, "cannot write() after write_eof()")
        self._bytes += data
        with memoryview(data) as view:
            return view.nbytes

    def write_eof(self):
        self._ended = True

    pending = property(lambda self: len(self._bytes))
    eof = property(lambda self: self._ended and not self._bytes)


class _OverMemory:
    def __init__(self, incoming, outgoing):
        self._incoming = incoming
        self._outgoing = outgoing
        self.socket = None

    def send(self, records):
        return self._outgoing.write(records)

    def receive(self):
        if not self._incoming.pending and not self._incoming.eof:
            raise _want_read()
        return self._incoming.read()


class _OverSocket:
    def __init__(self, sock):
        self._socket = _ref(sock)

    @property
    def socket(self):
        sock = self._socket()
        if sock is None:
            raise SSLError(SSL_ERROR_SSL, "Underlying socket connection gone")
        return sock

    # Through the class below: `ssl.SSLSocket` sends and receives plaintext.

    def send(self, records):
        from _socket import socket

        try:
            return socket.send(self.socket, records)
        except BlockingIOError:
            raise SSLWantWriteError(SSL_ERROR_WANT_WRITE, "The operation did not complete (write)") from None
        except TimeoutError as error:
            raise _timed_out("write", error) from None

    def receive(self):
        from _socket import socket

        try:
            return socket.recv(self.socket, _PART)
        except BlockingIOError:
            raise _want_read() from None
        except TimeoutError as error:
            raise _timed_out("read", error) from None


def _timed_out(operation, error):
    return TimeoutError(f"The {operation} operation timed out") if str(error) == "timed out" else error


def _want_read():
    return SSLWantReadError(SSL_ERROR_WANT_READ, "The operation did not complete (read)")


_PART = 1 << 16
_VERSIONS = {PROTO_TLSv1_2: "TLSv1.2", PROTO_TLSv1_3: "TLSv1.3"}


class _Session:
    """An SSL object of `ssl`: the client's side of one session."""

    session = None
    session_reused = False
    server_side = False

    def __init__(self, context, transport, server_side, server_hostname, owner):
        self._number = None
        if server_side:
            raise SSLError(SSL_ERROR_SSL, "a sandbox cannot be the server of a TLS session")
        verify = context.verify_mode != CERT_NONE
        if verify and not server_hostname:
            raise SSLError(
                SSL_ERROR_SSL, "the host of the sandbox verifies for whom a certificate is: a server_hostname is needed"
            )
        if isinstance(server_hostname, bytes):
            server_hostname = server_hostname.decode("ascii")
        # Each certificate is copied to the host, so pass them only if they have an effect.
        roots = context._certificates() if verify and _eryx_net.tls_allows() & 1 else []
        number = _net.new_number()
        name = (server_hostname or "").removesuffix(".")
        _eryx_net.tls_open(number, name, verify, context._protocols, roots, *context._versions())
        self._number = number
        self._transport = transport
        self._established = False
        self._finished = False
        # Unsent records, records that the host has not taken yet, and unread plaintext.
        self._outgoing = b""
        self._incoming = b""
        self._plain = b""
        self._ended = False
        self.context = context
        self.server_hostname = server_hostname
        self.owner = owner

    def __del__(self):
        if self._number is not None:
            _eryx_net.tls_close(self._number)

    @property
    def owner(self):
        return self._owner and self._owner()

    @owner.setter
    def owner(self, owner):
        self._owner = owner and _ref(owner)

    # ---- records ----

    def _flush(self):
        """Send all pending records."""
        while True:
            while self._outgoing:
                self._outgoing = self._outgoing[self._transport.send(self._outgoing) :]
            self._outgoing = _eryx_net.tls_drain(self._number, _PART)
            if not self._outgoing:
                return

    def _try_flush(self):
        try:
            self._flush()
        except SSLWantWriteError:
            pass  # with the next operation

    def _fill(self):
        """Receive records and pass them to the host. False at the end of the connection."""
        if not self._incoming:
            if self._ended:
                return False
            self._incoming = self._transport.receive()
            if not self._incoming:
                self._ended = True
                return False
        try:
            taken = _eryx_net.tls_feed(self._number, self._incoming)
        except SSLError:
            try:
                self._flush()  # the host tells the server what is wrong
            except OSError:
                pass
            raise
        self._incoming = self._incoming[taken:]
        return True

    def _end_error(self):
        return SSLEOFError(SSL_ERROR_EOF, "EOF occurred in violation of protocol")

    # ---- methods for `ssl` ----

    def do_handshake(self):
        while True:
            self._flush()
            if not _eryx_net.tls_state(self._number)[0]:
                break
            if not self._fill():
                raise self._end_error()
        self._established = True

    def _use(self):
        if not self._established:
            self.do_handshake()

    def read(self, size=1024, buffer=None):
        if buffer is not None:
            with memoryview(buffer) as view, view.cast("B") as octets:
                data = self._read(min(size, len(octets)) if size > 0 else len(octets))
                octets[: len(data)] = data
                return len(data)
        return self._read(size)

    def _read(self, size):
        if size < 0:
            raise ValueError("size should not be negative")
        self._use()
        if self._plain:
            data, self._plain = self._plain[:size], self._plain[size:]
            return data
        if size == 0:
            return b""
        self._try_flush()
        while True:
            try:
                return _eryx_net.tls_read(self._number, min(size, 0xFFFF_FFFF))
            except BlockingIOError:
                pass
            if not self._fill():
                raise self._end_error()
            self._try_flush()

    def pending(self):
        if self._established and not self._plain:
            try:
                self._plain = _eryx_net.tls_read(self._number, _PART)
            except OSError:
                pass  # nothing, or what the next read tells
        return len(self._plain)

    def write(self, data, /):
        self._use()
        with memoryview(data) as view, view.cast("B") as octets:
            if not octets:
                return 0
            while True:
                self._flush()
                taken = _eryx_net.tls_write(self._number, octets[:_PART])
                if taken:
                    self._try_flush()
                    return taken

    def shutdown(self):
        self._use()
        if not self._finished:
            self._finished = True
            _eryx_net.tls_finish(self._number)
        self._flush()
        while not _eryx_net.tls_state(self._number)[2]:
            try:
                _eryx_net.tls_read(self._number, _PART)
            except BlockingIOError:
                if not self._fill():
                    raise self._end_error() from None
        return self._transport.socket

    # ---- properties of the session ----

    def version(self):
        return _VERSIONS.get(_eryx_net.tls_state(self._number)[3])

    def cipher(self):
        name = _eryx_net.tls_state(self._number)[4]
        if not name:
            return None
        bits = 256 if "CHACHA20" in name or "AES_256" in name else 128
        if name.startswith("TLS13_"):
            name = "TLS_" + name.removeprefix("TLS13_")
        else:
            name = name.removeprefix("TLS_").replace("WITH_", "").replace("AES_", "AES").replace("_", "-")
        return name, self.version(), bits

    def shared_ciphers(self):
        return None

    def compression(self):
        return None

    def selected_alpn_protocol(self):
        return _eryx_net.tls_state(self._number)[5]

    def selected_npn_protocol(self):
        return None

    def getpeercert(self, binary_form=False, /):
        if not self._established:
            raise ValueError("handshake not done yet")
        chain = _eryx_net.tls_certificates(self._number)
        if not chain:
            return None
        if binary_form:
            return chain[0]
        return {} if self.context.verify_mode == CERT_NONE else _decode(chain[0])

    def get_unverified_chain(self):
        return [Certificate(der) for der in _eryx_net.tls_certificates(self._number)] or None

    get_verified_chain = get_unverified_chain

    def get_channel_binding(self, cb_type="tls-unique", /):
        return None

    verify_client_post_handshake = _unavailable("certificates of clients are not available in a sandbox")


def _decode(der):
    from _x509 import decode

    return decode(der)


class Certificate:
    """A certificate of a server."""

    def __init__(self, der):
        self._der = der

    def __repr__(self):
        return f"<_ssl.Certificate {self.get_info().get('subject')}>"

    def __eq__(self, other):
        return self._der == other._der if isinstance(other, Certificate) else NotImplemented

    def __hash__(self):
        return hash(self._der)

    def get_info(self):
        return _decode(self._der)

    def public_bytes(self, format=ENCODING_PEM, /):
        if format == ENCODING_DER:
            return self._der
        from base64 import encodebytes

        return f"-----BEGIN CERTIFICATE-----\n{encodebytes(self._der).decode()}-----END CERTIFICATE-----\n"


class SSLSession:
    """Never created: sessions are not resumed."""

    def __init__(self):
        raise TypeError("cannot create SSLSession instances")


_OBJECTS = {
    "1.3.6.1.5.5.7.3.1": (129, "serverAuth", "TLS Web Server Authentication"),
    "1.3.6.1.5.5.7.3.2": (130, "clientAuth", "TLS Web Client Authentication"),
}


def txt2obj(txt, name=False):
    for oid, (nid, short, long) in _OBJECTS.items():
        if txt == oid or (name and txt in (short, long)):
            return nid, short, long, oid
    raise ValueError(f"unknown object {txt[:80]!r}")


def nid2obj(nid, /):
    for oid, (number, short, long) in _OBJECTS.items():
        if nid == number:
            return number, short, long, oid
    raise ValueError(f"unknown NID {nid}")


def get_default_verify_paths():
    return "SSL_CERT_FILE", "/etc/ssl/cert.pem", "SSL_CERT_DIR", "/etc/ssl/certs"


def RAND_status():
    return True


def RAND_add(string, entropy, /):
    pass


def RAND_bytes(n, /):
    from os import urandom

    return urandom(n)
