//! Machine code of a pre-initialised Python.
//!
//! The published way is the tool `eryx-precompile`. It first downloads the WebAssembly that the crate's own
//! files can be linked to, but its `--preinit` links the crate's files and does not use the download. This
//! module calls the same functions without the download.

use eryx::embedded_stdlib::EmbeddedStdlib;
use eryx::preinit::{PreInitOptions, pre_initialize_with_options};
use eryx::{CpuFeatureLevel, PythonExecutor};

use crate::Result;

/// Writes the machine code to a file, for `ERYX_RUNTIME_CWASM`.
pub(crate) async fn to_file(path: &str) -> Result<()> {
    let stdlib = EmbeddedStdlib::get()?;
    let component = pre_initialize_with_options(PreInitOptions::new(stdlib.path())).await?;
    eprintln!("pre-initialised: {} bytes", component.len());
    let code = PythonExecutor::precompile_with_options(&component, None, CpuFeatureLevel::Native)?;
    std::fs::write(path, &code)?;
    eprintln!("machine code: {} bytes in {path}", code.len());
    Ok(())
}
