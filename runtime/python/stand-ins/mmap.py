"""The names of `mmap`. WebAssembly cannot map files: making an `mmap` raises OSError."""

import errno

__all__ = ["mmap", "error"]

error = OSError
ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE, ACCESS_COPY = range(4)
MAP_SHARED, MAP_PRIVATE, MAP_ANON, MAP_ANONYMOUS = 1, 2, 32, 32
PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4
PAGESIZE = ALLOCATIONGRANULARITY = 65536


class mmap:
    """Never made."""

    def __new__(cls, fileno, length, *_, **__):
        raise OSError(errno.ENODEV, "files cannot be mapped in this sandbox: read them instead")
