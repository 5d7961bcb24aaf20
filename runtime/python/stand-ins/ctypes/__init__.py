"""The scalar types of `ctypes`, with their sizes here. There is no libffi: libraries cannot be loaded or called, and
pointers are not supported."""

import struct as _struct

_WHY = "native libraries cannot be loaded with ctypes in this sandbox"

DEFAULT_MODE, RTLD_LOCAL, RTLD_GLOBAL = 0, 0, 1


class ArgumentError(Exception):
    """An argument could not be converted."""


class _SimpleCData:
    """A value of a C type."""

    _type_ = None

    def __init__(self, value=None):
        self.value = self._zero if value is None else value

    def __repr__(self):
        return f"{type(self).__name__}({self.value!r})"

    def __bool__(self):
        return bool(self.value)


class _Integer(_SimpleCData):
    _zero = 0

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, value):
        if not isinstance(value, int):
            raise TypeError(f"an integer is required, not {type(value).__name__}")
        # As in C, excess bits are cut off.
        size = _struct.calcsize(self._type_)
        cut = (int(value) & ((1 << 8 * size) - 1)).to_bytes(size, "little")
        self._value = int.from_bytes(cut, "little", signed=self._type_.islower())


class _Float(_SimpleCData):
    _zero = 0.0

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, value):
        (self._value,) = _struct.unpack(self._type_, _struct.pack(self._type_, value))


class c_byte(_Integer):
    _type_ = "b"


class c_ubyte(_Integer):
    _type_ = "B"


class c_short(_Integer):
    _type_ = "h"


class c_ushort(_Integer):
    _type_ = "H"


class c_int(_Integer):
    _type_ = "i"


class c_uint(_Integer):
    _type_ = "I"


class c_long(_Integer):
    _type_ = "l"


class c_ulong(_Integer):
    _type_ = "L"


class c_longlong(_Integer):
    _type_ = "q"


class c_ulonglong(_Integer):
    _type_ = "Q"


class c_float(_Float):
    _type_ = "f"


class c_double(_Float):
    _type_ = "d"


class c_bool(_SimpleCData):
    _type_ = "?"
    _zero = False

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, value):
        self._value = bool(value)


class c_char(_SimpleCData):
    _type_ = "c"
    _zero = b"\0"


class _Address(_SimpleCData):
    _type_ = "P"
    _zero = None


class c_void_p(_Address):
    pass


class c_char_p(_Address):
    pass


class c_wchar_p(_Address):
    pass


class py_object(_Address):
    pass


c_int8, c_uint8, c_int16, c_uint16, c_int32, c_uint32 = c_byte, c_ubyte, c_short, c_ushort, c_int, c_uint
c_int64, c_uint64 = c_longlong, c_ulonglong
c_size_t, c_ssize_t, c_time_t = c_ulong, c_long, c_longlong


def sizeof(kind):
    """Bytes of a type, or of a value of it."""
    format = getattr(kind, "_type_", None)
    if not isinstance(format, str):
        raise TypeError("this type has no size")
    return _struct.calcsize(format)


alignment = sizeof


class _Missing:
    def __init__(self, *_, **__):
        raise OSError(_WHY)


class CDLL(_Missing):
    """Raises OSError, as for a missing library."""


class PyDLL(CDLL):
    """Raises OSError."""


class LibraryLoader:
    """Loads a library by its name; that is, raises OSError."""

    def __init__(self, dlltype):
        self._dlltype = dlltype

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise OSError(_WHY)

    def LoadLibrary(self, name):
        return self._dlltype(name)


cdll, pydll = LibraryLoader(CDLL), LibraryLoader(PyDLL)


def _not_here(*_, **__):
    raise NotImplementedError("ctypes in this sandbox has no memory to point at")


POINTER = pointer = byref = addressof = cast = memmove = memset = string_at = wstring_at = memoryview_at = _not_here
create_string_buffer = create_unicode_buffer = CFUNCTYPE = PYFUNCTYPE = _not_here


class _Aggregate:
    def __init_subclass__(cls, **_):
        # Bindings define their structures on import, and load the library later or never.
        super().__init_subclass__()

    __init__ = _not_here


class Structure(_Aggregate):
    """Can be described, not made."""


class Union(_Aggregate):
    """Can be described, not made."""


class Array(_Aggregate):
    """Not made."""


class BigEndianStructure(Structure):
    """Can be described, not made."""


class LittleEndianStructure(Structure):
    """Can be described, not made."""


def get_errno():
    return 0


def set_errno(value):
    return 0


def __getattr__(name):
    if name == "pythonapi":
        raise OSError(_WHY)
    raise AttributeError(f"module 'ctypes' has no attribute {name!r}")
