"""A user for `os`: WASI has no users, and many packages query them.

One user without rights, and not the owner of the files: the tree is not writable.
"""

import os

_ID = 1000


def _identity():
    return _ID


os.getuid = os.geteuid = os.getgid = os.getegid = _identity
