//! The adapter of native code: it refuses a module, or its result is valid and has no legacy exceptions.
#![no_main]

use std::fmt::Write as _;

use arbitrary::{Arbitrary, Unstructured};
use eryx_build::adapt::Abi;
use eryx_build::fuzzing::adapt::adapt;
use libfuzzer_sys::fuzz_target;
use wasmparser::{Validator, WasmFeatures};

/// The sandbox's own exports.
const SANDBOX: &str = r#"(module
    (func (export "strlen") (param i32) (result i32) local.get 0)
    (func (export "clock") (result i64) i64.const 0)
    (func (export "clock_gettime") (param i32 i32) (result i32) i32.const 0)
    (func (export "__eryx_clock_gettime") (param i32 i32) (result i32) i32.const 0)
    (func (export "stat") (param i32 i32) (result i32) i32.const 0)
    (tag (export "__cpp_exception") (param i32))
    (global (export "environ") i32 (i32.const 0)))"#;

const IMPORTS: &str = r#"
    (import "env" "memory" (memory 1))
    (import "env" "__indirect_function_table" (table 0 funcref))
    (import "env" "__stack_pointer" (global (mut i32)))
    (import "env" "__memory_base" (global i32))
    (import "env" "__table_base" (global i32))
    (import "env" "strlen" (func $strlen (param i32) (result i32)))
    (import "env" "clock_gettime" (func (param i32 i32) (result i32)))
    (import "GOT.func" "clock_gettime" (global (mut i32)))
    (import "GOT.mem" "environ" (global (mut i32)))
    (import "env" "__cpp_exception" (tag $cpp (param i32)))"#;

const DYLINK: &str = "(@dylink.0 (mem-info (memory 16 2)))";

/// Legacy exception handling, nested as compilers do it.
#[derive(Debug, Arbitrary)]
enum Code {
    Call,
    Throw,
    Rethrow(u8),
    Branch(u8),
    Return,
    Drop,
    Block(Vec<Code>),
    Loop(Vec<Code>),
    If(Vec<Code>, Vec<Code>),
    Try(Vec<Code>, Vec<Code>, Option<Vec<Code>>),
    All(Vec<Code>, Vec<Code>),
    Delegate(Vec<Code>, u8),
}

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    Bytes(&'a [u8]),
    Legacy(Vec<Code>, bool),
    Generated(&'a [u8], bool),
}

fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        format!("(module {DYLINK} {IMPORTS} (func (export \"PyInit__x\") (result i32) i32.const 0))"),
        format!(
            "(module {DYLINK} {IMPORTS} (func (export \"f\") (param i32) (result i32)
               try (result i32) local.get 0 call $strlen catch $cpp i32.const 1 i32.add catch_all i32.const 3 end))"
        ),
    ];
    texts.iter().map(|text| wat::parse_str(text).expect("it is one")).collect()
}

fuzz_target!(init: eryx_fuzz_seeds::write(seeds()), |data: &[u8]| {
    // The input as it is: the seeds and their mutations.
    if data.starts_with(b"\0asm") {
        check(data, false);
        check(data, true);
        return;
    }
    let Ok(input) = Input::arbitrary_take_rest(Unstructured::new(data)) else { return };
    match input {
        Input::Bytes(bytes) => check(bytes, true),
        Input::Legacy(code, emscripten) => {
            let mut text = format!("(module {DYLINK} {IMPORTS} (func (export \"f\") (param i32) (result i32)\n");
            let mut room = 200;
            write(&code, &mut text, &mut vec![false], &mut room);
            text += "local.get 0))";
            if let Ok(module) = wat::parse_str(&text) {
                check(&module, emscripten);
            }
        }
        Input::Generated(bytes, emscripten) => {
            let config = wasm_smith::Config {
                exceptions_enabled: true,
                tail_call_enabled: true,
                bulk_memory_enabled: true,
                reference_types_enabled: true,
                simd_enabled: true,
                gc_enabled: false,
                threads_enabled: false,
                memory64_enabled: false,
                relaxed_simd_enabled: false,
                ..wasm_smith::Config::default()
            };
            let Ok(module) = wasm_smith::Module::new(config, &mut Unstructured::new(bytes)) else { return };
            let mut module = module.to_bytes();
            // The section that marks a dynamic library: name, and memory of 0 bytes.
            let section = b"\0\x0f\x08dylink.0\x01\x04\0\0\0\0";
            module.splice(8..8, section.iter().copied());
            check(&module, emscripten);
        }
    }
});

/// Writes code that leaves the stack unchanged. `open` marks the labels of handlers.
fn write(code: &[Code], text: &mut String, open: &mut Vec<bool>, room: &mut usize) {
    for one in code {
        if *room == 0 {
            return;
        }
        *room -= 1;
        let label = |depth: u8, open: &[bool]| usize::from(depth) % open.len();
        match one {
            Code::Call => text.push_str("local.get 0 call $strlen local.set 0\n"),
            Code::Throw => text.push_str("local.get 0 throw $cpp\n"),
            Code::Rethrow(depth) => {
                let handlers: Vec<usize> =
                    (0..open.len()).filter(|&depth| open[open.len() - 1 - depth]).collect();
                if !handlers.is_empty() {
                    let _ = writeln!(text, "rethrow {}", handlers[usize::from(*depth) % handlers.len()]);
                }
            }
            Code::Branch(depth) => {
                let depth = label(*depth, open);
                // The outermost label is that of the function, and takes its result.
                let _ = writeln!(text, "local.get 0 local.get 0 br_if {depth} drop");
            }
            Code::Return => text.push_str("local.get 0 return\n"),
            Code::Drop => text.push_str("i32.const 1 drop\n"),
            Code::Block(inner) => nested("block", inner, text, open, room),
            Code::Loop(inner) => nested("loop", inner, text, open, room),
            Code::If(yes, no) => {
                text.push_str("local.get 0 if (result i32)\n");
                part(yes, false, text, open, room);
                text.push_str("local.get 0 else\n");
                part(no, false, text, open, room);
                text.push_str("local.get 0 end local.set 0\n");
            }
            Code::Try(inner, handler, all) => {
                text.push_str("try (result i32)\n");
                part(inner, false, text, open, room);
                text.push_str("local.get 0 catch $cpp local.set 0\n");
                part(handler, true, text, open, room);
                text.push_str("local.get 0\n");
                if let Some(all) = all {
                    text.push_str("catch_all\n");
                    part(all, true, text, open, room);
                    text.push_str("local.get 0\n");
                }
                text.push_str("end local.set 0\n");
            }
            Code::All(inner, handler) => {
                text.push_str("try (result i32)\n");
                part(inner, false, text, open, room);
                text.push_str("local.get 0 catch_all\n");
                part(handler, true, text, open, room);
                text.push_str("local.get 0 end local.set 0\n");
            }
            Code::Delegate(inner, depth) => {
                text.push_str("try (result i32)\n");
                part(inner, false, text, open, room);
                let _ = writeln!(text, "local.get 0 delegate {} local.set 0", label(*depth, open));
            }
        }
    }
}

fn part(code: &[Code], handler: bool, text: &mut String, open: &mut Vec<bool>, room: &mut usize) {
    open.push(handler);
    write(code, text, open, room);
    open.pop();
}

fn nested(keyword: &str, code: &[Code], text: &mut String, open: &mut Vec<bool>, room: &mut usize) {
    // The label of a loop takes the same type that a block returns, so branches to either are the same.
    let kind = if keyword == "loop" { "(param i32) (result i32)" } else { "(result i32)" };
    let before = if keyword == "loop" { "local.get 0 " } else { "" };
    let first = if keyword == "loop" { "drop " } else { "" };
    let _ = writeln!(text, "{before}{keyword} {kind} {first}");
    part(code, false, text, open, room);
    text.push_str("local.get 0 end local.set 0\n");
}

fn check(module: &[u8], emscripten: bool) {
    let sandbox = wat::parse_str(SANDBOX).expect("it is one");
    let abi = if emscripten { Abi::Emscripten } else { Abi::Wasi };
    let Ok(libraries) = adapt(&[(abi, module)], &[&sandbox]) else { return };
    // Exclude legacy exceptions, because the engine does not support them.
    let features = WasmFeatures::WASM2
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::EXCEPTIONS;
    for library in libraries {
        if let Err(error) = Validator::new_with_features(features).validate_all(&library) {
            panic!("the adapted module is not valid: {error}");
        }
    }
}
