"""Whether code that calls a function of the host expects an awaitable.

The called function cannot tell plain calls from awaited ones, so this module examines how the calling code uses
the result:

- Plain functions cannot await: they get the answer.
- `await f()` is awaited.
- In a coroutine whose code names something that takes awaitables (`gather`, `create_task`, …), a result that is
  passed on, collected or kept may be meant for that. It is a `Call`, which can be awaited and otherwise stands for its
  answer, unless the result is plainly used as a value.
- Otherwise it is a value.
"""

from opcode import opmap, opname

_COROUTINE = 0x80 | 0x100 | 0x200  # coroutines, those made of generators, asynchronous generators
_EXPRESSIONS = ("<genexpr>", "<lambda>", "<listcomp>")
_TAKERS = frozenset(
    "as_completed create_task ensure_future gather run_coroutine_threadsafe run_until_complete shield "
    "start_soon wait wait_for".split()
)


def _numbers(*names):
    return frozenset(opmap[name] for name in names if name in opmap)


_CACHE = opmap.get("CACHE", 0)
_EXTENDED_ARG = opmap["EXTENDED_ARG"]
_GET_AWAITABLE = opmap["GET_AWAITABLE"]
_OPERATIONS = _numbers("BINARY_OP", "COMPARE_OP", "CONTAINS_OP", "IS_OP")
_VALUE = _OPERATIONS | _numbers(
    "POP_TOP", "TO_BOOL", "LOAD_ATTR", "GET_ITER", "GET_LEN", "UNPACK_SEQUENCE", "UNPACK_EX", "BINARY_SLICE",
    "BINARY_SUBSCR", "UNARY_INVERT", "UNARY_NEGATIVE", "UNARY_NOT", "CONVERT_VALUE", "FORMAT_SIMPLE",
    "FORMAT_WITH_SPEC", "POP_JUMP_IF_FALSE", "POP_JUMP_IF_TRUE", "POP_JUMP_IF_NONE", "POP_JUMP_IF_NOT_NONE",
    "MATCH_MAPPING", "MATCH_SEQUENCE", "MATCH_KEYS", "MATCH_CLASS",
)

# Decisions by place: the code's identity and the offset in it. The code is kept, so that its identity is not reused.
_decisions = {}


def awaits(frame):
    """Whether the current call of `frame` expects an awaitable."""
    code, at = frame.f_code, frame.f_lasti
    decision = _decisions.get((id(code), at))
    if decision is None:
        if len(_decisions) > 10_000:
            _decisions.clear()
        if code.co_name in _EXPRESSIONS and not code.co_flags & _COROUTINE:
            # The answer depends on the caller.
            outer = frame.f_back
            return outer is not None and bool(outer.f_code.co_flags & _COROUTINE) and _has_takers(outer.f_code)
        decision = _decisions[id(code), at] = code, _decide(code, at)
    return decision[1]


def _has_takers(code):
    return not _TAKERS.isdisjoint(code.co_names)


def _decide(code, at):
    if not code.co_flags & _COROUTINE:
        return False
    steps = list(_steps(code.co_code))
    index = next((i for i, (offset, _, _) in enumerate(steps) if offset > at), len(steps))
    if index == len(steps):
        return False
    _, operation, argument = steps[index]
    if operation == _GET_AWAITABLE:
        return True
    if operation in _VALUE or not _has_takers(code):
        return False
    variable = _stored(operation, argument)
    return variable is None or not _is_value(steps, variable)


def _steps(code):
    """(offset, operation, argument) of each instruction."""
    extended = 0
    for offset in range(0, len(code), 2):
        operation, argument = code[offset], code[offset + 1]
        if operation == _CACHE:
            continue
        argument |= extended
        extended = argument << 8 if operation == _EXTENDED_ARG else 0
        if operation != _EXTENDED_ARG:
            yield offset, operation, argument


def _stored(operation, argument):
    """The variable that an instruction stores to: its kind and number."""
    name = opname[operation]
    if name in ("STORE_FAST_LOAD_FAST", "STORE_FAST_STORE_FAST"):
        return "FAST", argument >> 4
    if name in ("STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "STORE_DEREF"):
        return name.removeprefix("STORE_"), argument
    return None


def _loaded(operation, argument):
    """The variable that an instruction leaves on top of the stack."""
    name = opname[operation]
    if name in ("STORE_FAST_LOAD_FAST", "LOAD_FAST_LOAD_FAST", "LOAD_FAST_BORROW_LOAD_FAST_BORROW"):
        return "FAST", argument & 15
    if name in ("LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_FAST_CHECK", "LOAD_NAME", "LOAD_DEREF"):
        return name.removeprefix("LOAD_").split("_")[0], argument
    if name == "LOAD_GLOBAL":
        return "GLOBAL", argument >> 1
    return None


def _is_value(steps, variable):
    """Whether an instruction uses the variable as only a value can be used, and no instruction awaits it."""
    value = False
    for (_, operation, argument), following, second in zip(steps, steps[1:], steps[2:] + [(0, 0, 0)]):
        if _loaded(operation, argument) == variable:
            if following[1] == _GET_AWAITABLE:
                return False
            is_load = opname[following[1]].startswith("LOAD_")
            value |= following[1] in _VALUE or is_load and second[1] in _OPERATIONS
    return value
