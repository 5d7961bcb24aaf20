use super::*;

fn library(path: &str, abi: Abi, text: &str) -> Library {
    let bytes = wat::parse_str(text).unwrap();
    Library { path: path.into(), wheel: "x-1.whl".into(), abi, bytes, declared: Some(3) }
}

/// The symbols of a sandbox with these libraries.
fn provided(libraries: &[&str]) -> ProvidedSymbols {
    let mut provided = ProvidedSymbols::default();
    for text in libraries {
        provided.add(Symbols::read(&wat::parse_str(text).unwrap()).unwrap());
    }
    provided
}

const DYLINK: &str = r"(@dylink.0 (mem-info (memory 16 2)))";

/// A C library of ours, with one wrapper.
const LIBC: &str = r#"(module
    (func (export "strlen") (param i32) (result i32) local.get 0)
    (func (export "clock") (result i64) i64.const 0)
    (func (export "clock_gettime") (param i32 i32) (result i32) i32.const 0)
    (func (export "__eryx_clock_gettime") (param i32 i32) (result i32) i32.const 0)
    (func (export "stat") (param i32 i32) (result i32) i32.const 0)
    (tag (export "__cpp_exception") (param i32))
    (global (export "environ") i32 (i32.const 0)))"#;

fn symbols(extension: &Extension) -> (Vec<String>, Vec<String>) {
    let symbols = Symbols::read(&extension.library).unwrap();
    let names = |keys: Vec<&symbols::Symbol>| keys.into_iter().map(|key| key.name.clone()).collect();
    (names(symbols.imports.keys().collect()), names(symbols.exports.keys().collect()))
}

#[test]
fn names_of_files() {
    for (wheel, guest) in [
        ("/a/_x.cpython-314-wasm32-emscripten.so", "/a/_x.cpython-314-wasm32-wasi.so"),
        ("/a/_x.cpython-314-wasm32-wasi.so", "/a/_x.cpython-314-wasm32-wasi.so"),
        ("/a/_x.cpython-314-wasm32-wasip2.so", "/a/_x.cpython-314-wasm32-wasi.so"),
        ("/a/_x.cpython-314.so", "/a/_x.cpython-314-wasm32-wasi.so"),
        ("/a/_x.cpython-313-wasm32-emscripten.so", "/a/_x.cpython-313-wasm32-emscripten.so"),
        ("/a/_x.abi3.so", "/a/_x.abi3.so"),
        ("/a/_x.so", "/a/_x.so"),
        ("/a.libs/libfoo-1.so.2", "/a.libs/libfoo-1.so.2"),
    ] {
        assert_eq!(guest_name(wheel), guest);
    }
}

#[test]
fn imports_that_differ_are_redirected_for_emscripten_only() {
    let text = format!(
        r#"(module {DYLINK}
            (import "env" "clock_gettime" (func (param i32 i32) (result i32)))
            (import "env" "strlen" (func (param i32) (result i32)))
            (import "GOT.func" "clock_gettime" (global (mut i32)))
            (import "GOT.mem" "environ" (global (mut i32)))
            (import "env" "__cpp_exception" (tag (param i32)))
            (func (export "PyInit__x") (result i32) i32.const 0))"#
    );
    let adapt = |abi| adapt_all(&[library("/a/_x.so", abi, &text)], &provided(&[LIBC])).unwrap();
    let (imports, exports) = symbols(&adapt(Abi::Emscripten)[0]);
    assert_eq!(
        imports,
        ["__cpp_exception", "__eryx_clock_gettime", "__eryx_clock_gettime", "environ", "strlen"]
    );
    assert_eq!(exports, ["PyInit__x"]);
    let (imports, _) = symbols(&adapt(Abi::Wasi)[0]);
    assert_eq!(imports, ["__cpp_exception", "clock_gettime", "clock_gettime", "environ", "strlen"]);
}

#[test]
fn symbols_of_one_library_are_its_own() {
    let module = |init: &str| {
        format!(
            r#"(module {DYLINK}
                (import "GOT.mem" "buffer" (global (mut i32)))
                (import "GOT.func" "helper" (global (mut i32)))
                (func (export "helper"))
                (global (export "buffer") i32 (i32.const 0))
                (func (export "{init}") (result i32) i32.const 0)
                (func (export "__wasm_call_ctors")))"#
        )
    };
    let libraries =
        |abi| [library("/a.so", abi, &module("PyInit_a")), library("/b.so", abi, &module("PyInit_b"))];
    let adapted = adapt_all(&libraries(Abi::Emscripten), &provided(&[])).unwrap();
    let (imports, exports) = symbols(&adapted[0]);
    assert_eq!(imports, ["buffer@/a.so", "helper@/a.so"]);
    assert_eq!(exports, ["PyInit_a", "__wasm_call_ctors", "buffer@/a.so", "helper@/a.so"]);
    assert_eq!(symbols(&adapted[1]).0, ["buffer@/b.so", "helper@/b.so"]);
    // WASI libraries share symbols that all of them define.
    let adapted = adapt_all(&libraries(Abi::Wasi), &provided(&[])).unwrap();
    assert_eq!(symbols(&adapted[0]).0, ["buffer", "helper"]);
}

#[test]
fn a_library_of_the_same_wheel_is_found() {
    let user = r#"(module (@dylink.0 (mem-info) (needed "libfoo.so" "libc.so"))
        (import "env" "foo" (func))
        (func (export "PyInit_x") (result i32) i32.const 0))"#;
    let foo = format!(r#"(module {DYLINK} (func (export "foo")) (func (export "bar")))"#);
    let libraries =
        [library("/p/x.so", Abi::Emscripten, user), library("/p.libs/libfoo.so", Abi::Emscripten, &foo)];
    let adapted = adapt_all(&libraries, &provided(&[])).unwrap();
    assert_eq!(Symbols::read(&adapted[0].library).unwrap().needed, ["/p.libs/libfoo.so"]);
    assert_eq!(symbols(&adapted[0]).0, ["foo"]);
    assert_eq!(symbols(&adapted[1]).1, ["bar@/p.libs/libfoo.so", "foo"]);
}

#[test]
fn what_cannot_be_linked_is_named() {
    let error = |abi, imports: &str| {
        let text = format!("(module {DYLINK} {imports})");
        let error = adapt_all(&[library("/a/_x.so", abi, &text)], &provided(&[LIBC])).unwrap_err();
        assert!(error.help_text().is_some());
        error.to_string()
    };
    assert_eq!(
        error(
            Abi::Emscripten,
            r#"(import "env" "dance" (func (param i32 f64)))
               (import "GOT.mem" "shoes" (global (mut i32)))
               (import "GOT.func" "sing" (global (mut i32)))
               (import "env" "__other" (tag (param i64)))
               (import "env" "stat" (func (param i32 i32) (result i32)))
               (import "env" "clock" (func (result i32)))
               (import "wasi_snapshot_preview1" "fd_write" (func))"#
        ),
        "the native code `/a/_x.so` in `x-1.whl` cannot be linked
it needs symbols that no library in the sandbox has:
    tag __other(i64) -> ()
    function clock() -> (i32) (the sandbox has function clock() -> (i64))
    function dance(i32 f64) -> ()
    data shoes
    address of the function sing
    wasi_snapshot_preview1.fd_write
it needs functions that differ in the sandbox and have no wrapper yet:
    stat: `struct stat` has another layout"
    );
    // For WASI, the function is the same in both C libraries.
    let stat = r#"(import "env" "stat" (func (param i32 i32) (result i32)))"#;
    let wasi = library("/a/_x.so", Abi::Wasi, &format!("(module {DYLINK} {stat})"));
    assert!(adapt_all(&[wasi], &provided(&[LIBC])).is_ok());
}

#[test]
fn a_function_that_may_be_missing_may_be_missing() {
    let text = r#"(module
        (@dylink.0 (mem-info) (import-info "env" "maybe" binding-weak))
        (import "env" "maybe" (func)))"#;
    assert!(adapt_all(&[library("/a.so", Abi::Emscripten, text)], &provided(&[])).is_ok());
}

#[test]
fn broken_libraries() {
    let error = |bytes: &[u8]| {
        let library = Library {
            path: "/a/_x.so".into(),
            wheel: "x-1.whl".into(),
            abi: Abi::Wasi,
            bytes: bytes.to_vec(),
            declared: None,
        };
        let error = adapt_all(&[library], &provided(&[])).unwrap_err();
        assert_eq!(error.to_string(), "the native code `/a/_x.so` in `x-1.whl` cannot be used");
        std::error::Error::source(&error).unwrap().to_string()
    };
    assert!(error(b"\x7fELF").starts_with("it is not a WebAssembly library: "));
    assert_eq!(error(&wat::parse_str("(module)").unwrap()), "it is not a dynamic library");
    let invalid = format!("(module {DYLINK} (func (result i32)))");
    assert!(error(&wat::parse_str(invalid).unwrap()).starts_with("it is not valid WebAssembly: "));
}
