"""Finding libraries: a sandbox has none."""


def find_library(name):
    return None
