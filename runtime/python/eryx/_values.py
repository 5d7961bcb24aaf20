"""Turns the value of an execution into JSON."""

from json import JSONEncoder

# Most characters of a `repr` that the host gets: it only shows people the value.
_MOST_REPR = 1000


def to_json(value):
    """JSON text, or (kind, repr, reason) of a value that JSON cannot hold."""
    kind = type(value)
    if kind is bool:
        return "true" if value else "false"
    try:
        if kind is int:
            return int.__repr__(value)
        return _encode(value)
    except RecursionError:
        reason = "it is nested too deeply"
    except (TypeError, ValueError, OverflowError) as error:
        reason = str(error)
    except Exception as error:
        # A `default` calls foreign code (properties, `model_dump`).
        reason = f"{type(error).__qualname__}: {error}"
    return _qualified(kind), _repr(value), _plain(reason)


def _default(value):
    """Convert types that JSON lacks, as pydantic's JSON mode and `datetime.isoformat` do."""
    kind = type(value)
    convert = _CONVERTERS.get((kind.__module__, kind.__qualname__))
    if convert is not None:
        return convert(value)
    if isinstance(value, (set, frozenset)):
        return list(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _text(value)
    dump = getattr(kind, "model_dump", None)
    if dump is not None:
        return dump(value, mode="json")
    fields = getattr(kind, "__dataclass_fields__", None)
    if fields is not None:
        return {name: getattr(value, name) for name in fields if hasattr(value, name)}
    if hasattr(kind, "__fspath__"):
        return value.__fspath__()
    if kind.__module__ == "numpy" and hasattr(value, "tolist"):
        return value.tolist()
    for base in kind.__mro__[1:]:
        convert = _CONVERTERS.get((base.__module__, base.__qualname__))
        if convert is not None:
            return convert(value)
    raise TypeError(f"JSON has no form for {_qualified(kind)}")


def _text(value):
    try:
        return str(value, "utf-8")
    except UnicodeDecodeError:
        raise ValueError("bytes that are not UTF-8 have no form in JSON; encode them, as base64 say") from None


# By name, to avoid imports for types that the code has not imported itself.
_CONVERTERS = {
    ("datetime", "datetime"): lambda value: value.isoformat(),
    ("datetime", "date"): lambda value: value.isoformat(),
    ("datetime", "time"): lambda value: value.isoformat(),
    ("datetime", "timedelta"): lambda value: value.total_seconds(),
    ("decimal", "Decimal"): str,
    ("fractions", "Fraction"): str,
    ("uuid", "UUID"): str,
    ("ipaddress", "_IPAddressBase"): str,
    ("enum", "Enum"): lambda value: value.value,
    ("collections", "deque"): list,
    ("collections.abc", "Mapping"): dict,
}

_encode = JSONEncoder(allow_nan=False, default=_default).encode


def _qualified(kind):
    name = kind.__qualname__
    return _plain(name if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{name}")


def _repr(value):
    try:
        text = repr(value)
    except Exception as error:
        return f"<repr() failed: {type(error).__qualname__}>"
    return _plain(text if len(text) <= _MOST_REPR else text[:_MOST_REPR] + "…")


def _plain(text):
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
