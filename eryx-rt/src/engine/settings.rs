//! Engine settings, and the engines.

use std::sync::{Arc, OnceLock};

use wasmtime::{Config, Engine};

use super::error::EngineError;
use crate::memory::{Creator, EngineRole, Stacks};

/// Version of wasmtime that compiles and runs bundles.
pub const WASMTIME_VERSION: &str = "48.0.8";

/// Stack of guest code in bytes, about the size of a native thread's stack. CPython's own check measures the
/// stack in linear memory and stops most recursion in time with `RecursionError`. C functions that keep all
/// their variables in registers get past that check (for example `repr` of a list nested a hundred thousand
/// deep) and hit this limit: a trap, which ends the execution with an error.
const GUEST_STACK: usize = 8 << 20;

/// Stack that remains for a host call at the very end of the guest's stack, in bytes. wasmtime runs host
/// calls on the guest's fiber: without this reserve, such a call would overflow the fiber and abort the
/// process.
const HOST_STACK: usize = 2 << 20;

/// Returns the settings that compiler and run time share. With `fuel`, the code counts its instructions.
fn settings(role: EngineRole, fuel: bool) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        // All proposals are listed, because wasmtime's defaults depend on enabled cargo features.
        .wasm_exceptions(true)
        .wasm_gc(false)
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        .shared_memory(false)
        .epoch_interruption(true)
        .consume_fuel(fuel)
        // Our memory creator maps the start image itself.
        .memory_init_cow(false)
        .with_host_memory(Arc::new(Creator::new(role)))
        .with_host_stack(Arc::new(Stacks::default()))
        .max_wasm_stack(GUEST_STACK)
        .async_stack_size(GUEST_STACK + HOST_STACK)
        // Users debug sandboxes in Python: machine-level unwind tables and symbols of CPython would only
        // take space.
        .native_unwind_info(false)
        .generate_address_map(false)
        .concurrency_support(false);
    config
}

/// Engines, indexed by whether they count instructions. Each is made when the first bundle needs it.
static ENGINES: [OnceLock<Engine>; 2] = [OnceLock::new(), OnceLock::new()];

/// Returns the engine of this process: with `fuel`, the one that counts instructions.
///
/// # Errors
/// When the machine cannot run an engine, for example because address space is limited (`ulimit -v`).
pub fn shared(fuel: bool) -> Result<&'static Engine, EngineError> {
    let cell = &ENGINES[usize::from(fuel)];
    if let Some(engine) = cell.get() {
        return Ok(engine);
    }
    let engine = Engine::new(&settings(EngineRole::Run, fuel)).map_err(EngineError::new)?;
    Ok(cell.get_or_init(|| engine))
}

/// Returns the engines that exist.
pub(super) fn started() -> impl Iterator<Item = &'static Engine> {
    ENGINES.iter().filter_map(OnceLock::get)
}

/// Optimisation level of the compiler.
#[cfg(feature = "compile")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// For code that ships.
    Ship,
    /// For code that runs once, at build time.
    Once,
}

/// Makes an engine that compiles for `target` with the CPU features in `flags` (Cranelift's names, for
/// example `has_sse42`).
///
/// Without a target it compiles for this machine with all features of its CPU, and can run the result. With
/// `fuel`, the code counts its instructions and runs only in the [`shared`] engine with `fuel`.
///
/// # Errors
/// When Cranelift does not know the target or a flag, or a flag is not a CPU feature.
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
            // Other flags change the meaning of code, for example whether it checks the bounds of its
            // stack.
            if !flag.starts_with("has_") {
                wasmtime::bail!("`{flag}` is not a CPU feature");
            }
            // SAFETY: flags with this prefix only widen the set of instructions that the compiler may use.
            // wasmtime records them in the code, and refuses to load it on a CPU that lacks one.
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
