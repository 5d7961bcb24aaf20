//! Native code: wheels for Emscripten from the index, and small extensions written by hand.

use std::path::Path;
use std::sync::OnceLock;

use crate::common::wheel::Wheel;
use crate::common::{Project, scratch};
use eryx::{Bundle, Cause, Error, Failure, Sandbox, Value};
use serde_json::json;

/// Packages with native code, and their dependencies.
const PACKAGES: &str = r#"
packages = [
    "pydantic==2.14.3", "pydantic-core==2.50.4", "annotated-types==0.7.0", "typing-extensions==4.16.0",
    "typing-inspection==0.4.5", "msgpack==1.2.4", "jiter==0.19.0", "charset-normalizer==3.5.2",
]
imports = ["pydantic", "msgpack"]
"#;

fn built(project: &Project, name: &str) -> Bundle {
    let path = scratch().join(name);
    project.plugin(&["bundle", "-o", path.to_str().unwrap()]).succeeded();
    crate::common::open(&path)
}

fn sandbox(bundle: &Bundle) -> Sandbox {
    Sandbox::builder().with_bundle(bundle).build().unwrap()
}

fn packages() -> Sandbox {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    sandbox(BUNDLE.get_or_init(|| built(&Project::new().declare(PACKAGES), "native.eryx")))
}

#[track_caller]
fn value(sandbox: &Sandbox, code: &str) -> Value {
    let output = sandbox.execute_blocking(code).unwrap_or_else(|error| panic!("{error}\n{error:?}"));
    output.value.expect("the code has a value")
}

#[track_caller]
fn failure(sandbox: &Sandbox, code: &str) -> Failure {
    match sandbox.execute_blocking(code) {
        Err(Error::Execution(failure)) => *failure,
        other => panic!("not a failed execution: {other:?}"),
    }
}

#[test]
fn pydantic_validates() {
    let code = r"
import pydantic, pydantic_core

class Item(pydantic.BaseModel):
    number: int
    parts: list[float] = []

try:
    Item(number='zz')
except pydantic.ValidationError as error:
    kinds = [one['type'] for one in error.errors()]
item = Item.model_validate_json('{\'number\': \'3\', \'parts\': [1, 2.5]}'.replace('\'', chr(34)))
[pydantic_core.__version__, item.model_dump(), item.model_dump_json(), kinds,
 Item.model_json_schema()['properties']['number'], pydantic_core._pydantic_core.__file__]
";
    assert_eq!(
        value(&packages(), code),
        json!([
            "2.50.4",
            {"number": 3, "parts": [1.0, 2.5]},
            r#"{"number":3,"parts":[1.0,2.5]}"#,
            ["int_parsing"],
            {"title": "Number", "type": "integer"},
            "/usr/lib/python3.14/site-packages/pydantic_core/_pydantic_core.cpython-314-wasm32-wasi.so",
        ])
    );
}

#[test]
fn the_c_extensions_are_used() {
    let code = r#"
import msgpack, jiter, charset_normalizer, charset_normalizer.md, importlib.metadata as metadata, os
data = {"a": [1, 2.5, "x"], "b": None}
best = charset_normalizer.from_bytes("Bсеки човек има право на образование.".encode("cp1251")).best()
[msgpack.unpackb(msgpack.packb(data)) == data, msgpack.Packer.__module__,
 jiter.from_json(b'{"a": [1, 2.5, "x"], "b": null}') == data,
 str(best), charset_normalizer.md.__file__.rpartition("/")[2],
 metadata.version("jiter"), os.path.getsize(msgpack._cmsgpack.__file__)]
"#;
    let found = value(&packages(), code);
    let expected = json!([
        true,
        "msgpack._cmsgpack",
        true,
        "Bсеки човек има право на образование.",
        "md.cpython-314-wasm32-wasi.so",
        "0.19.0",
        0,
    ]);
    assert_eq!(found, expected);
}

/// Clears a dictionary while pydantic-core iterates over it, which causes a panic.
const PANIC: &str = r"
import gc
from pydantic_core import SchemaValidator, core_schema as schema

def panic():
    numbers = {number: number for number in range(5)}
    def clear(number):
        numbers.clear()
        return number
    keys = schema.no_info_before_validator_function(clear, schema.int_schema())
    SchemaValidator(schema.dict_schema(keys, schema.int_schema())).validate_python(numbers)

def outcome():
    try:
        panic()
    except BaseException as error:
        return f'{type(error).__module__}.{type(error).__name__}: {error}'
";

#[test]
fn a_rust_panic_is_a_python_exception() {
    let mut session = packages().session_blocking().unwrap();
    session.execute_blocking(PANIC).unwrap();
    let panicked = "pyo3_runtime.PanicException: dictionary changed size during iteration";
    // Repeated panics leave no state behind.
    let output = session.execute_blocking("list({outcome() for _ in range(2000)})").unwrap();
    assert_eq!(output.value, Some(json!([panicked])));
    let after = "SchemaValidator(schema.int_schema()).validate_python('5')";
    assert_eq!(session.execute_blocking(after).unwrap().value, Some(json!(5)));
    match session.execute_blocking("panic()") {
        Err(Error::Execution(failure)) => match failure.cause {
            Cause::Exception(error) => assert_eq!(error.kind, "pyo3_runtime.PanicException"),
            cause => panic!("{cause:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// Returns a wheel with one library for each of these texts.
fn extensions(modules: &[(&str, &str)]) -> Wheel {
    let wheel = Wheel::new("odd", "1").tag("cp314-cp314-pyemscripten_2026_0_wasm32");
    modules.iter().fold(wheel, |wheel, (path, text)| wheel.file(path, wat::parse_str(text).unwrap()))
}

/// Returns a sandbox with misbehaving extensions.
fn odd() -> Sandbox {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    sandbox(BUNDLE.get_or_init(|| {
        let wheel = extensions(&[
            // Throws an exception that has no handler.
            (
                "odd/throws.cpython-314-wasm32-emscripten.so",
                r#"(module (@dylink.0 (mem-info))
                    (import "env" "__cpp_exception" (tag $cpp (param i32)))
                    (func (export "PyInit_throws") (result i32) (throw $cpp (i32.const 0))))"#,
            ),
            // Has another signature than the caller expects.
            (
                "odd/mismatch.cpython-314-wasm32-emscripten.so",
                r#"(module (@dylink.0 (mem-info)) (func (export "PyInit_mismatch") (param i32) (result i32) i32.const 0))"#,
            ),
            // Catches a library's exception with legacy exception handling, and converts it to a Python
            // exception.
            (
                "odd/inner/catches.abi3.so",
                r#"(module (@dylink.0 (mem-info (memory 32 0)) (needed "libthrow.so"))
                    (import "env" "memory" (memory 1))
                    (import "env" "__memory_base" (global $base i32))
                    (import "GOT.mem" "PyExc_RuntimeError" (global $error (mut i32)))
                    (import "env" "PyErr_SetString" (func $set (param i32 i32)))
                    (import "env" "__cpp_exception" (tag $cpp (param i32)))
                    (import "env" "throw_through" (func $throw (param i32)))
                    (data (global.get $base) "thrown elsewhere\00")
                    (func (export "PyInit_catches") (result i32)
                      try
                        global.get $base
                        call $throw
                        unreachable
                      catch $cpp
                        global.get $error  i32.load
                        call $swap
                      end
                      i32.const 0)
                    (func $swap (param $text i32) (param $error i32)
                      (call $set (local.get $error) (local.get $text))))"#,
            ),
            // Throws its argument, through a handler that rethrows it.
            (
                "odd.libs/libthrow.so",
                r#"(module (@dylink.0 (mem-info))
                    (import "env" "_Unwind_RaiseException" (func $raise (param i32) (result i32)))
                    (func (export "throw_through") (param i32)
                      try
                        local.get 0  call $raise  drop
                      catch_all
                        rethrow 0
                      end))"#,
            ),
        ])
        .file("odd/__init__.py", "");
        let path = format!("./wheels/{}", wheel.filename());
        let declaration = format!("packages = [\"{path}\"]\nimports = [\"odd\"]\n");
        built(&Project::new().wheel(&wheel).declare(&declaration), "odd.eryx")
    }))
}

#[test]
fn an_exception_crosses_libraries() {
    // A module in a namespace package, with the suffix of the stable ABI.
    let found = failure(&odd(), "import odd.inner.catches");
    let Cause::Exception(error) = found.cause else { panic!("{found:?}") };
    assert_eq!((error.kind.as_str(), error.message.as_str()), ("RuntimeError", "thrown elsewhere"));
}

#[test]
fn an_exception_that_nobody_catches_is_an_error() {
    let sandbox = odd();
    let found = failure(&sandbox, "print('before')\nimport odd.throws");
    assert!(matches!(found.cause, Cause::Crash(_)), "{found:?}");
    assert_eq!(found.output.stdout, "before\n");
    assert_eq!(value(&sandbox, "1 + 1"), 2);
}

#[test]
fn a_function_of_another_type_is_an_error() {
    let sandbox = odd();
    let found = failure(&sandbox, "import odd.mismatch");
    let Cause::Crash(why) = &found.cause else { panic!("{found:?}") };
    assert!(why.contains("indirect call type mismatch"), "{why}");
    assert_eq!(value(&sandbox, "1 + 1"), 2);
}

#[test]
fn an_import_that_nobody_provides_is_named() {
    let wheel = extensions(&[(
        "odd.abi3.so",
        r#"(module (@dylink.0 (mem-info)) (import "env" "emscripten_dance" (func (param f64))))"#,
    )]);
    let declaration = format!("packages = [\"./wheels/{}\"]\n", wheel.filename());
    Project::new()
        .wheel(&wheel)
        .declare(&declaration)
        .plugin(&["bundle", "-o", Path::new("odd.eryx").to_str().unwrap()])
        .ended_with(1)
        .says("`/usr/lib/python3.14/site-packages/odd.abi3.so` in `odd-1-cp314-cp314-pyemscripten_2026_0_wasm32.whl`")
        .says("function emscripten_dance(f64) -> ()")
        .says("eryx.toml:1:13");
}
