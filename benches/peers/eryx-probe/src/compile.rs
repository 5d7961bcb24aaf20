//! Machine code of a pre-initialised Python.
//!
//! The published way is the tool `eryx-precompile`, which first downloads the WebAssembly that the crate's own files can
//! be linked to. Its `--preinit` links them and lets go of the download; here the same functions are called without it.

use eryx::embedded_stdlib::EmbeddedStdlib;
use eryx::preinit::{PreInitOptions, pre_initialize_with_options};
use eryx::{CpuFeatureLevel, PythonExecutor};

use crate::Result;

/// Writes it, for `ERYX_RUNTIME_CWASM`.
pub(crate) async fn to_file(path: &str) -> Result<()> {
    let stdlib = EmbeddedStdlib::get()?;
    let component = pre_initialize_with_options(PreInitOptions::new(stdlib.path())).await?;
    eprintln!("pre-initialised: {} bytes", component.len());
    let code = PythonExecutor::precompile_with_options(&component, None, CpuFeatureLevel::Native)?;
    std::fs::write(path, &code)?;
    eprintln!("machine code: {} bytes in {path}", code.len());
    Ok(())
}
