//! **adapt**, native code of wheels: dynamic libraries for Emscripten or WASI become libraries that link with the base
//! runtime.
//!
//! A wheel for Emscripten (PEP 783) contains ordinary dynamic libraries for WebAssembly, compiled against another C
//! library than ours. This step removes the differences:
//!
//! - File names get the suffix that our interpreter expects, so that it finds modules by their import names
//!   (`guest_name`).
//! - Legacy exception handling is translated to the final proposal (`exceptions`).
//! - Wrappers in our compat library replace functions that both C libraries have with different behaviour
//!   (`libc_differences`).
//! - Symbols of one library get names that cannot clash with those of another (`names`).
//!
//! Libraries for WASI keep their symbols. Before linking, `check` checks every import of every library.

mod abi;
mod check;
mod exceptions;
#[cfg(fuzzing)]
pub mod fuzzing;
mod libc_differences;
mod library;
mod module;
mod names;
mod plan;
mod symbols;
mod types;

pub use self::abi::Abi;
use self::check::ProvidedSymbols;
pub use self::library::Library;
use self::names::PublicSymbols;
use self::symbols::Symbols;
use crate::base::Base;
use crate::bounds;
use crate::context::BuildContext;
use crate::error::{Error, Result};
use crate::link::Extension;

/// Returns a library's file name in the guest. Modules for exactly this Python get our interpreter's suffix. Other
/// names, for example `_c.abi3.so` or `libfoo.so`, stay.
pub(crate) fn guest_name(path: &str) -> String {
    const TAG: &str = "cpython-314";
    let renamed = path.strip_suffix(".so").and_then(|stem| {
        let (stem, tag) = stem.rsplit_once('.')?;
        (tag == TAG || tag.starts_with("cpython-314-")).then(|| format!("{stem}.{TAG}-wasm32-wasi.so"))
    });
    renamed.unwrap_or_else(|| path.to_owned())
}

/// Makes extensions of `libraries` that link with the base runtime and with each other.
///
/// # Errors
/// When a library is broken, or imports a symbol that no library exports.
pub fn adapt(libraries: &[Library], base: &Base, context: &BuildContext) -> Result<Vec<Extension>> {
    if libraries.is_empty() {
        return Ok(Vec::new());
    }
    if libraries.len() > bounds::NATIVE_LIBRARIES {
        return Err(Error::new(format!(
            "the packages hold {} libraries of native code; the limit is {}",
            libraries.len(),
            bounds::NATIVE_LIBRARIES
        )));
    }
    for library in libraries {
        if library.bytes.len() as u64 > bounds::NATIVE_BYTES {
            let most = bounds::size(bounds::NATIVE_BYTES);
            return library.attempt(Err(Error::new(format!("it is larger than {most}"))));
        }
    }
    let progress = context.reporter.begin("Adapting", "native code", None);
    let extensions = adapt_all(libraries, &ProvidedSymbols::by(base)?)?;
    progress.finish(&format!("{} libraries", extensions.len()));
    Ok(extensions)
}

fn adapt_all(libraries: &[Library], provided: &ProvidedSymbols) -> Result<Vec<Extension>> {
    let symbols: Vec<Symbols> =
        libraries.iter().map(|one| one.attempt(Symbols::read(&one.bytes))).collect::<Result<_>>()?;
    let mut extensions = Vec::new();
    for (index, library) in libraries.iter().enumerate() {
        if !symbols[index].dynamic {
            return library.attempt(Err(Error::new("it is not a dynamic library")));
        }
        let names = PublicSymbols::new(index, libraries, &symbols, provided);
        let rewritten = library.attempt(module::rewrite(&library.bytes, &names))?;
        tracing::debug!(
            path = library.path,
            functions = rewritten.translated,
            "exception handling translated"
        );
        extensions.push(Extension { path: library.path.clone(), library: rewritten.library });
    }
    check::check(libraries, &extensions, provided)?;
    Ok(extensions)
}

#[cfg(test)]
mod tests;
