//! The adapter's entry point for the fuzzer.

use super::check::ProvidedSymbols;
use super::symbols::Symbols;
use super::{Abi, Library, adapt_all};
use crate::error::Result;

/// Adapts libraries to our ABI. `sandbox` are the libraries that the sandbox already has.
pub fn adapt(libraries: &[(Abi, &[u8])], sandbox: &[&[u8]]) -> Result<Vec<Vec<u8>>> {
    let mut provided = ProvidedSymbols::default();
    for library in sandbox {
        provided.add(Symbols::read(library)?);
    }
    let library = |(number, (abi, bytes)): (usize, &(Abi, &[u8]))| Library {
        path: format!("/a/_x{number}.so"),
        wheel: "x-1.whl".to_owned(),
        abi: *abi,
        bytes: bytes.to_vec(),
        declared: None,
    };
    let libraries: Vec<Library> = libraries.iter().enumerate().map(library).collect();
    let extensions = adapt_all(&libraries, &provided)?;
    Ok(extensions.into_iter().map(|extension| extension.library).collect())
}
