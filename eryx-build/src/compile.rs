//! Compile: WebAssembly to machine code, ahead of time, for the machine that will run it.

use eryx_rt::engine::{Effort, compiler};

use crate::context::Context as BuildContext;
use crate::declare::Cpu;
use crate::error::{Error, Result};

/// Target triple of the machine that this crate runs on.
pub const HOST: &str = env!("ERYX_HOST");

/// Machine code, as wasmtime serialises it.
#[derive(Debug)]
pub struct Code(pub(crate) Vec<u8>);

/// Cranelift's names for the instructions that each x86-64 level adds to the one before
/// (x86-64 psABI, "micro-architecture levels").
const X86_64_V2: &[&str] =
    &["has_sse3", "has_ssse3", "has_sse41", "has_sse42", "has_popcnt", "has_cmpxchg16b"];
const X86_64_V3: &[&str] = &["has_avx", "has_avx2", "has_bmi1", "has_bmi2", "has_fma", "has_lzcnt"];
const X86_64_V4: &[&str] = &["has_avx512f", "has_avx512dq", "has_avx512vl"];

fn flags(cpu: Cpu) -> Vec<&'static str> {
    match cpu {
        Cpu::X86_64V2 => X86_64_V2.to_vec(),
        Cpu::X86_64V3 => [X86_64_V2, X86_64_V3].concat(),
        Cpu::X86_64V4 => [X86_64_V2, X86_64_V3, X86_64_V4].concat(),
        Cpu::Generic | Cpu::Native => Vec::new(),
    }
}

/// Compiles a component for `target` and `cpu`; with `fuel`, to code that counts its instructions.
///
/// # Errors
/// When the compiler does not know the target, or `cpu` is `native` and `target` is another machine.
pub(crate) fn compile(
    component: &[u8],
    target: &str,
    cpu: Cpu,
    fuel: bool,
    context: &BuildContext,
) -> Result<Code> {
    let progress = context.reporter.begin("Compiling", &format!("CPython for {target} ({cpu})"), None);
    let flags = flags(cpu);
    let engine = match cpu {
        Cpu::Native if target == HOST => compiler(None, Effort::Ship, fuel),
        Cpu::Native => {
            return Err(Error::new(format!(
                "`cpu = \"native\"` means this machine, and the target is {target}"
            ))
            .help("name a CPU level such as \"x86-64-v3\", or leave `cpu` out"));
        }
        _ => compiler(Some((target, &flags)), Effort::Ship, fuel),
    }
    .map_err(|error| {
        Error::from_wasmtime(error).help(format!("this build of cargo-eryx compiles for {HOST}"))
    })?;
    let code = engine.precompile_component(component).map_err(Error::from_wasmtime)?;
    progress.finish("");
    Ok(Code(code))
}
