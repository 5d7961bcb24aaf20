# expect: ok or ends crash, wall-time, memory, exit
# spoils: session
# wall: 3
# why: code objects whose parts do not fit each other
code = (lambda a, b=1, *c, d=2, **e: a).__code__
for change in (
    {"co_argcount": 200}, {"co_nlocals": 0}, {"co_stacksize": 0}, {"co_stacksize": 2**30}, {"co_flags": 0xFFFF}, {"co_consts": ()},
    {"co_names": ()}, {"co_varnames": ()}, {"co_freevars": ("x",)}, {"co_cellvars": ("a",)}, {"co_linetable": b"\xff" * 50},
    {"co_exceptiontable": b"\xff" * 50}, {"co_firstlineno": 2**31 - 1}, {"co_code": b"\0"}, {"co_kwonlyargcount": 2**31 - 1},
    {"co_posonlyargcount": 1000}, {"co_filename": "x" * 1_000_000},
):
    try:
        f = type(lambda: 0)(code.replace(**change), {})
        f(1)
    except BaseException:
        pass
