# expect: ok
# why: a panic of native code in Rust is an exception; where the package is there
try:
    from pydantic_core import SchemaValidator, core_schema as schema
except ImportError:
    schema = None
if schema:
    for _ in range(100):
        numbers = {number: number for number in range(5)}
        def clear(number):
            numbers.clear()
            return number
        keys = schema.no_info_before_validator_function(clear, schema.int_schema())
        try:
            SchemaValidator(schema.dict_schema(keys, schema.int_schema())).validate_python(numbers)
            raise AssertionError
        except BaseException as error:
            assert type(error).__name__ == "PanicException", error
