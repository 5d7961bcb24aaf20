//! Decides which symbols of a library other libraries see, and renames the others.
//!
//! CPython opens each module with private symbols, but the linker has one namespace for all libraries: two modules with
//! a global `buffer` each would share the first one's. So a library's symbols get private names, unless another library
//! imports them.
//!
//! Libraries for WASI are made for one namespace and rely on it. For example, numpy's modules share floating-point
//! flags that each of them defines. So these libraries keep all their names.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::abi::Abi;
use super::check::ProvidedSymbols;
use super::symbols::{Symbols, is_linkers};
use super::{libc_differences, library::Library, module::SymbolNames};

/// The names of one library's symbols and of the libraries it needs.
pub(super) struct PublicSymbols<'a> {
    /// Symbols that other libraries do not see.
    private: BTreeSet<&'a str>,
    abi: Abi,
    path: &'a str,
    libraries: &'a [Library],
    provided: &'a ProvidedSymbols,
}

impl<'a> PublicSymbols<'a> {
    pub(super) fn new(
        index: usize,
        libraries: &'a [Library],
        symbols: &'a [Symbols],
        provided: &'a ProvidedSymbols,
    ) -> Self {
        let own = &symbols[index];
        let library = &libraries[index];
        let private = own
            .exports
            .iter()
            .filter(|(symbol, _)| {
                let name = symbol.name.as_str();
                let wanted = || {
                    symbols.iter().enumerate().any(|(other, symbols)| {
                        other != index
                            && symbols.imports.keys().any(|import| import.name == name)
                            && !symbols.exports.keys().any(|export| export.name == name)
                    })
                };
                library.abi == Abi::Emscripten
                    && !is_linkers(name)
                    && !name.starts_with("PyInit")
                    && !wanted()
            })
            .map(|(symbol, _)| symbol.name.as_str())
            .collect();
        Self { private, abi: library.abi, path: &library.path, libraries, provided }
    }

    fn own<'n>(&self, name: &'n str) -> Option<Cow<'n, str>> {
        self.private.contains(name).then(|| format!("{name}@{}", self.path).into())
    }
}

impl SymbolNames for PublicSymbols<'_> {
    fn import<'n>(&self, name: &'n str) -> Cow<'n, str> {
        match self.own(name) {
            Some(own) => own,
            None if self.abi == Abi::Emscripten => match libc_differences::wrapper(name) {
                wrapper if self.provided.has(&wrapper) => wrapper.into(),
                _ => name.into(),
            },
            None => name.into(),
        }
    }

    fn export<'n>(&self, name: &'n str) -> Option<Cow<'n, str>> {
        Some(self.own(name).unwrap_or(name.into()))
    }

    fn needed<'n>(&self, library: &'n str) -> Option<Cow<'n, str>> {
        let name = library.rsplit('/').next().unwrap_or(library);
        let ours = |path: &str| path.rsplit('/').next() == Some(name);
        // Libraries of the same wheel are linked under their paths. For other libraries, such as `libc.so`, `check`
        // checks the symbols.
        self.libraries.iter().find(|other| ours(&other.path)).map(|other| other.path.clone().into())
    }
}
