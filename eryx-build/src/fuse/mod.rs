//! Fuse: merges the core modules of a warmed component into one.
//!
//! A linked component has a core module for each library, one with the memory and the table, and a few small ones that
//! connect them. To instantiate it, the engine instantiates each module and passes thousands of functions and globals
//! between them, for every sandbox. After the snapshot, all these connections are known:
//!
//! - An import that another module satisfies becomes a plain index.
//! - No start function is left that could set a global. Globals that code does not set either, such as the addresses of
//!   libraries (`GOT.*`), become constants in the code. Only the stack pointer stays a global.
//! - Constant segments fill the tables. The linker makes stubs that call through a constant index of a table, where
//!   libraries need each other. The stubs vanish, because their callers call the function at that index directly.
//! - Unreachable functions are dropped, and so are all exports that the component model does not use.
//!
//! ```text
//! before                                                after
//! imports ─ lower ─┐                                    imports ─ lower ─┐
//! shim (table) ────┼→ env (memory, table) → libraries              fused (memory, tables) ──→ lift ─ exports
//! lower with memory ┘          ↓                          lower with memory ─┘ ↑
//!          fixup: fills both tables → lift ─ exports                  late: fills one table
//! ```
//!
//! One cycle stays. A lowered import with the option `memory` needs an instance with a memory, so that instance cannot
//! import it. The pass keeps the linker's solution: code calls through a table, and a second small module puts the
//! functions into that table.
//!
//! Everything of the component model, such as types, imports and exports, is copied as it is. If a component has a part
//! that the pass cannot keep, the pass refuses the component with a reason.

mod code;
mod component;
mod constant;
mod emit;
#[cfg(fuzzing)]
pub mod fuzzing;
mod item;
mod late;
mod live;
mod module;
mod output;
mod plan;
mod refused;
mod scan;
mod tables;

use wasmparser::{Validator, WasmFeatures};

use self::component::ParsedComponent;
use self::emit::FusedModule;
use self::late::LateModule;
use self::live::LiveItems;
use self::plan::FusionPlan;
use self::refused::{FusionObstacle, FusionResult};
use crate::context::BuildContext;
use crate::error::{Error, Result};
use crate::warm::Snapshot;

/// Fuses the core modules of a snapshot.
///
/// # Errors
/// When it has a part that the pass cannot keep.
pub(crate) fn fuse(snapshot: &mut Snapshot, context: &BuildContext) -> Result<()> {
    let progress = context.reporter.begin("Fusing", "", None);
    let before = snapshot.component.len();
    snapshot.component = fused(&snapshot.component).map_err(|reason| {
        Error::new(format!("the core modules cannot be fused: {reason}"))
            .help("set `fuse = false` to leave them as they are: sandboxes will start more slowly")
    })?;
    tracing::debug!(before, after = snapshot.component.len(), "fused");
    progress.finish("");
    Ok(())
}

/// Returns the component with its core modules fused.
fn fused(bytes: &[u8]) -> FusionResult<Vec<u8>> {
    let component = ParsedComponent::read(bytes)?;
    let tables = tables::fill(&component)?;
    let live = LiveItems::find(&component, &tables)?;
    let plan = FusionPlan::make(&component, &live)?;
    let fused = FusedModule::write(&component, &tables, &live, &plan)?;
    let late = LateModule::write(&component, &tables, &plan, &fused)?;
    let output = output::write(&component, &fused, late.as_ref())?;
    Validator::new_with_features(features())
        .validate_all(&output)
        .map_err(|error| FusionObstacle::new(format!("the fused component is not valid: {error}")))?;
    Ok(output)
}

/// The WebAssembly features of the engine.
fn features() -> WasmFeatures {
    WasmFeatures::WASM2
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::EXCEPTIONS
        | WasmFeatures::COMPONENT_MODEL
}

#[cfg(test)]
mod tests;
