//! The settings, and the engines that are made with them.

use std::sync::{Arc, OnceLock};

use wasmtime::{Config, Engine};

use super::error::EngineError;
use crate::memory::{Creator, EngineRole, Stacks};

/// Version of wasmtime that compiles and runs bundles.
pub const WASMTIME_VERSION: &str = "48.0.8";

/// Stack that guest code may use, in bytes; about what a native thread has. CPython's own check measures the stack in
/// linear memory, which stops most recursion in time with `RecursionError`. C functions that keep all their variables
/// in registers (`repr` of a list nested a hundred thousand deep) get past it, to this limit: a trap, which ends the
/// execution with an error.
const GUEST_STACK: usize = 8 << 20;

/// What a host call made at the very end of the guest's stack still has, in bytes. wasmtime runs host calls on the
/// guest's fiber: without this room, such a call would overflow the fiber and abort the process.
const HOST_STACK: usize = 2 << 20;

/// The settings that compiler and run time share. With `fuel`, code counts the instructions it executes.
fn settings(role: EngineRole, fuel: bool) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        // Named one by one, because wasmtime's defaults follow the cargo features that happen to be on.
        .wasm_exceptions(true)
        .wasm_gc(false)
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        .shared_memory(false)
        .epoch_interruption(true)
        .consume_fuel(fuel)
        // Memory is ours, and so is the start image in it.
        .memory_init_cow(false)
        .with_host_memory(Arc::new(Creator::new(role)))
        .with_host_stack(Arc::new(Stacks::default()))
        .max_wasm_stack(GUEST_STACK)
        .async_stack_size(GUEST_STACK + HOST_STACK)
        // A sandbox is debugged in Python: machine-level unwind tables and symbols of CPython only cost space.
        .native_unwind_info(false)
        .generate_address_map(false)
        .concurrency_support(false);
    config
}

/// Engines by whether they count instructions. Each is made when the first bundle needs it.
static ENGINES: [OnceLock<Engine>; 2] = [OnceLock::new(), OnceLock::new()];

/// The engine of this process; the one that counts instructions, or the one that does not.
///
/// # Errors
/// When the machine cannot run one, for example because address space is limited (`ulimit -v`).
pub fn shared(fuel: bool) -> Result<&'static Engine, EngineError> {
    let cell = &ENGINES[usize::from(fuel)];
    if let Some(engine) = cell.get() {
        return Ok(engine);
    }
    let engine = Engine::new(&settings(EngineRole::Run, fuel)).map_err(EngineError::new)?;
    Ok(cell.get_or_init(|| engine))
}

/// The engines that there are.
pub(super) fn started() -> impl Iterator<Item = &'static Engine> {
    ENGINES.iter().filter_map(OnceLock::get)
}

/// How hard the compiler works.
#[cfg(feature = "compile")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// For code that ships.
    Ship,
    /// For code that runs once, at build time.
    Once,
}

/// An engine that compiles for `target` with the CPU features in `flags` (Cranelift's names, such as `has_sse42`).
///
/// Without a target it compiles for this very machine with everything its CPU has, and can run the result. With `fuel`,
/// the code counts its instructions, and runs in the engine that is [`shared`] by such code only.
///
/// # Errors
/// When Cranelift does not know the target or a flag, or a flag is no feature of a CPU.
#[cfg(feature = "compile")]
pub fn compiler(target: Option<(&str, &[&str])>, effort: Effort, fuel: bool) -> wasmtime::Result<Engine> {
    let mut config = settings(EngineRole::Build, fuel);
    config.cranelift_opt_level(match effort {
        Effort::Ship => wasmtime::OptLevel::Speed,
        Effort::Once => wasmtime::OptLevel::None,
    });
    if let Some((target, flags)) = target {
        config.target(target)?;
        for flag in flags {
            // Others change what the code means, such as whether it checks the bounds of its stack.
            if !flag.starts_with("has_") {
                wasmtime::bail!("`{flag}` is no feature of a CPU");
            }
            // SAFETY: flags that begin so widen the instructions that the compiler may use, and nothing else. wasmtime
            // records them in the code, and refuses to load it on a CPU that lacks one.
            unsafe {
                config.cranelift_flag_enable(flag);
            }
        }
    }
    Engine::new(&config)
}

#[cfg(all(test, feature = "compile"))]
mod tests {
    use super::*;

    #[test]
    fn only_features_of_a_cpu_can_be_turned_on() {
        let with = |flag| compiler(Some(("x86_64-unknown-linux-gnu", &[flag])), Effort::Once, false);
        assert!(with("has_sse42").is_ok());
        for flag in ["enable_pinned_reg", "unwind_info", "has_none"] {
            assert!(with(flag).is_err(), "{flag}");
        }
    }
}
