"""Guest code for building bundles."""

import sys

from . import _session, _watch


def compile_module(source, path):
    """The bytes of an unchecked-hash `.pyc` (PEP 552): valid as long as its tree, with any timestamps."""
    from importlib._bootstrap_external import _code_to_hash_pyc
    from importlib.util import source_hash

    code = compile(source, path, "exec", dont_inherit=True, optimize=0)
    return bytes(_code_to_hash_pyc(code, source_hash(source), False))


def warm(modules):
    """Import `modules`; return None, or (module, exception) of the first that failed."""
    _watch.start()
    try:
        for module in modules:
            try:
                # Unlike `importlib.import_module`, the statement's function leaves its frames out of tracebacks.
                __import__(module)
            except BaseException as error:
                return module, error
    finally:
        _watch.stop()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    _session.prepare()
    return None


def describe():
    """The interpreter's PEP 508 markers, as JSON."""
    import json
    import os
    import platform
    from importlib.machinery import EXTENSION_SUFFIXES

    version = platform.python_version()
    return json.dumps(
        {
            "version": version,
            "extension_suffixes": EXTENSION_SUFFIXES,
            "markers": {
                "implementation_name": sys.implementation.name,
                "implementation_version": version,
                "os_name": os.name,
                "platform_machine": platform.machine(),
                "platform_python_implementation": platform.python_implementation(),
                "platform_release": platform.release(),
                "platform_system": platform.system(),
                "platform_version": platform.version(),
                "python_full_version": version,
                "python_version": ".".join(platform.python_version_tuple()[:2]),
                "sys_platform": sys.platform,
            },
        }
    )
