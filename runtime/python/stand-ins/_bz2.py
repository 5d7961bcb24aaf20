"""The names that `bz2` imports. libbz2 is not in this sandbox: compressing and decompressing raise."""


def _missing(*_, **__):
    raise NotImplementedError("bz2 is not available in this sandbox")


class BZ2Compressor:
    """Not available."""

    __init__ = _missing


class BZ2Decompressor:
    """Not available."""

    __init__ = _missing
