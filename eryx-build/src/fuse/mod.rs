//! Fuse: the core modules of a warmed component become one.
//!
//! A linked component holds a core module for each library, one that has the memory and the table, and a few small ones
//! that tie the knots between them. To make an instance of it, the engine makes one of each and gives them thousands
//! of functions and globals of each other, every time anew. After the snapshot all of that is known beforehand:
//!
//! - An import that another module satisfies becomes a plain index.
//! - No start function is left that could change a global. Those that code does not set either (the addresses of
//!   libraries, the `GOT.*`) become constants in the code; one stays, the stack pointer.
//! - Tables are filled by constant segments. The functions that call through a constant place in a table, which the
//!   linker makes where libraries need each other, vanish: their callers call what stands there.
//! - Functions that nothing can call are dropped, and all exports that the component model does not use.
//!
//! ```text
//! before                                                after
//! imports ─ lower ─┐                                    imports ─ lower ─┐
//! shim (table) ────┼→ env (memory, table) → libraries              fused (memory, tables) ──→ lift ─ exports
//! lower with memory ┘          ↓                          lower with memory ─┘ ↑
//!          fixup: fills both tables → lift ─ exports                  late: fills one table
//! ```
//!
//! One knot is left. A lowered import with the option `memory` can only be made when there is an instance with a
//! memory, so it cannot be an import of that instance. The linker's way stays: code calls through places in a table,
//! and a second small module puts the functions there.
//!
//! Everything of the component model, types, imports and exports, is copied as it is. What the pass does not know how
//! to keep it refuses, with the reason.

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
/// When it has something that the pass does not know how to keep.
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

/// The component with its core modules fused.
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
        .map_err(|error| FusionObstacle::new(format!("what came out of it is not valid: {error}")))?;
    Ok(output)
}

/// The WebAssembly that the engine runs.
fn features() -> WasmFeatures {
    WasmFeatures::WASM2
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::EXCEPTIONS
        | WasmFeatures::COMPONENT_MODEL
}

#[cfg(test)]
mod tests;
