# expect: ok or raises MemoryError, RecursionError or ends crash, wall-time
# wall: 10
# why: deep and wide data, read by native code; where the package is there
try:
    import pydantic
    from pydantic_core import from_json
except ImportError:
    pydantic = None
if pydantic:
    class Node(pydantic.BaseModel):
        children: list["Node"] = []
    x = {}
    for _ in range(5_000):
        x = {"children": [x]}
    for function in (lambda: Node.model_validate(x), lambda: from_json("[" * 1_000_000), lambda: from_json(b'{"a":' * 100_000), lambda: from_json("1" * 1_000_000), lambda: from_json('"' + "\\ud800" * 100_000 + '"'), lambda: from_json(b"\xff" * 1000), lambda: pydantic.TypeAdapter(list[int]).validate_json("[" + "1," * 2_000_000 + "1]")):
        try:
            function()
        except (ValueError, RecursionError, MemoryError):
            pass
