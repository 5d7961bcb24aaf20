"""Descriptions of the host's callbacks: schemas, signatures and documentation."""

import inspect
import json
from collections import namedtuple

import _eryx

Callback = namedtuple("Callback", "name description schema returns")
Callback.__module__ = "eryx"

_TYPES = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "null": None,
    "number": float,
    "object": dict,
    "string": str,
}


def every():
    """All of the host's callbacks."""
    return [Callback(name, *_known(name)) for name in _eryx.callbacks()]


def _facts(name):
    facts = _eryx.describe(name)
    if facts is None:
        raise LookupError(f"no callback is named {name!r}")
    return json.loads(facts)


def _known(name):
    facts = _facts(name)
    return facts["description"], facts["schema"], facts["returns"]


class Facts:
    """The text of `help` and `inspect.signature` for a callback."""

    def __init__(self, name):
        facts = _facts(name)
        schema = facts["schema"] or {}
        self.documentation = _documentation(facts["description"], schema)
        self.signature = inspect.Signature(_parameters(facts, schema), return_annotation=_annotation(facts["returns"]))


def _documentation(description, schema):
    lines = [description] if description else []
    described = [
        f"    {name}: {one['description']}"
        for name, one in schema.get("properties", {}).items()
        if isinstance(one, dict) and one.get("description")
    ]
    if described:
        lines += ["", *described] if lines else described
    return "\n".join(lines) or "A function of the host."


def _annotation(schema):
    if not isinstance(schema, dict):
        return inspect.Signature.empty
    kinds = schema.get("type")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not kinds or not all(kind in _TYPES for kind in kinds):
        return inspect.Signature.empty
    annotation, *more = [_TYPES[kind] for kind in kinds]
    for one in more:
        annotation = annotation | one if annotation is not None else one | None
    return annotation


def _parameters(facts, schema):
    Parameter = inspect.Parameter
    if facts["count"] is not None:
        return [Parameter(f"arg{i + 1}", Parameter.POSITIONAL_ONLY) for i in range(facts["count"])]
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return [Parameter("args", Parameter.VAR_POSITIONAL), Parameter("kwargs", Parameter.VAR_KEYWORD)]
    required = schema.get("required", [])
    positional = facts["positional"]
    parameters = []
    for index, name in enumerate(positional):
        # Only the last positional parameters can be left out.
        optional = not any(other in required for other in positional[index:])
        default = None if optional else Parameter.empty
        annotation = _annotation(properties.get(name))
        parameters.append(Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation))
    for name, one in properties.items():
        if name not in positional and name.isidentifier():
            default = Parameter.empty if name in required else None
            parameters.append(
                Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=_annotation(one))
            )
    return parameters
