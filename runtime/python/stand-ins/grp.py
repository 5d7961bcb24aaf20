"""The group database of a sandbox, which is empty."""

from collections import namedtuple

struct_group = namedtuple("struct_group", ["gr_name", "gr_passwd", "gr_gid", "gr_mem"], module="grp")


def getgrall():
    return []


def getgrnam(name):
    raise KeyError(f"getgrnam(): name not found: {name!r}")


def getgrgid(id):
    raise KeyError(f"getgrgid(): gid not found: {id}")
