"""The names of OpenSSL that `ssl` is made of, and no TLS: a sandbox has no network to use it on.

Contexts can be made and configured, because libraries do that when they are imported or when a client is made.
Starting a connection raises `SSLError`.
"""

_WHY = "TLS is not available: this sandbox has no network"

# The interface's version, not that of a library: there is none. Its first word is what libraries look for.
OPENSSL_VERSION = "OpenSSL is not in this sandbox, only the names of its interface 1.1.1"
OPENSSL_VERSION_INFO = _OPENSSL_API_VERSION = (1, 1, 1, 0, 0)
OPENSSL_VERSION_NUMBER = 0x10101000
_DEFAULT_CIPHERS = ""

HAS_SNI = HAS_ECDH = HAS_NPN = HAS_ALPN = HAS_PSK = HAS_PSK_TLS13 = HAS_PHA = HAS_TLS_UNIQUE = False
HAS_SSLv2 = HAS_SSLv3 = HAS_TLSv1 = HAS_TLSv1_1 = HAS_TLSv1_2 = HAS_TLSv1_3 = False

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


class SSLZeroReturnError(SSLError):
    """The connection was closed cleanly."""


class SSLWantReadError(SSLError):
    """More must be received first."""


class SSLWantWriteError(SSLError):
    """More must be sent first."""


class SSLSyscallError(SSLError):
    """The system refused."""


class SSLEOFError(SSLError):
    """The connection was closed without notice."""


class SSLCertVerificationError(SSLError, ValueError):
    """A certificate is not good."""


class _SSLContext:
    """Settings, kept and never used."""

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
        pass

    def set_default_verify_paths(self):
        pass

    def load_verify_locations(self, cafile=None, capath=None, cadata=None):
        if cafile is None and capath is None and cadata is None:
            raise TypeError("cafile, capath and cadata cannot be all omitted")
        if cafile is not None:
            open(cafile, "rb").close()

    def cert_store_stats(self):
        return {"x509": 0, "crl": 0, "x509_ca": 0}

    def get_ca_certs(self, binary_form=False):
        return []

    def session_stats(self):
        names = ("number", "connect", "connect_good", "connect_renegotiate", "accept", "accept_good")
        return dict.fromkeys((*names, "accept_renegotiate", "hits", "misses", "timeouts", "cache_full"), 0)

    def load_cert_chain(self, *_, **__):
        raise SSLError(_WHY)

    load_dh_params = set_ecdh_curve = set_psk_client_callback = set_psk_server_callback = load_cert_chain
    _wrap_socket = _wrap_bio = load_cert_chain


class MemoryBIO:
    """Only TLS has a use for it."""

    def __init__(self):
        raise SSLError(_WHY)


class SSLSession:
    """Never made."""

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
