# expect: ok or raises MemoryError, RecursionError or ends crash, wall-time, memory
# wall: 10
# why: schemas that are wrong, deep or refer to themselves; where the package is there
try:
    from pydantic_core import SchemaError, SchemaSerializer, SchemaValidator
except ImportError:
    SchemaValidator = None
if SchemaValidator:
    deep = {"type": "any"}
    for _ in range(5_000):
        deep = {"type": "nullable", "schema": deep}
    circle = {"type": "list"}
    circle["items_schema"] = circle
    for one in (deep, circle, {"type": "nope"}, {"type": "definition-ref", "schema_ref": "x"}, {"type": "str", "pattern": "(a+)+$"}, {"type": "str", "pattern": "a{1000000}"}, {"type": "int", "gt": 10**1000}, None, 5, {}, {"type": []}):
        for make in (SchemaValidator, SchemaSerializer):
            try:
                make(one)
            except (SchemaError, RecursionError, TypeError, ValueError, OverflowError, MemoryError):
                pass
            except BaseException as error:
                assert type(error).__name__ == "PanicException", error
