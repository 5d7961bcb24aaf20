//! Checks that a library exists for every import, and that both agree on the symbol's type.

use std::collections::{BTreeMap, BTreeSet};

use eryx_runtime::base::{COMPAT, GUEST, POSIX};

use super::abi::Abi;
use super::libc_differences;
use super::library::Library;
use super::symbols::{BindingStrength, Symbol, SymbolKind, Symbols};
use crate::base::Base;
use crate::error::{Context as _, Error, Result};
use crate::link::Extension;

/// Symbols that libraries find in the sandbox: the exports of the base runtime, the guest and the compat library.
#[derive(Debug, Default)]
pub(super) struct ProvidedSymbols {
    kinds: BTreeMap<String, BTreeSet<SymbolKind>>,
}

impl ProvidedSymbols {
    pub(super) fn by(base: &Base) -> Result<Self> {
        let mut provided = Self::default();
        let runtime = base.runtime();
        for pin in runtime.libraries.iter().chain(runtime.optional_libraries) {
            let library = base.read(pin)?;
            provided.add(Symbols::read(&library).context(|| format!("`{}` is damaged", pin.name))?);
        }
        for library in [GUEST, POSIX, COMPAT] {
            provided.add(Symbols::read(library)?);
        }
        Ok(provided)
    }

    pub(super) fn add(&mut self, symbols: Symbols) {
        for symbol in symbols.exports.into_keys() {
            self.kinds.entry(symbol.name).or_default().insert(symbol.kind);
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.kinds.contains_key(name)
    }

    /// Returns the fault of an import, if it has one.
    fn fault(&self, import: &Symbol) -> Option<String> {
        let Some(kinds) = self.kinds.get(&import.name) else { return Some(import.to_string()) };
        let fits = match &import.kind {
            SymbolKind::Address => kinds.iter().any(|kind| matches!(kind, SymbolKind::Function(_))),
            kind => kinds.contains(kind),
        };
        let there = || kinds.first().map(|kind| Symbol { name: import.name.clone(), kind: kind.clone() });
        (!fits).then(|| match there() {
            Some(there) => format!("{import} (the sandbox has {there})"),
            None => import.to_string(),
        })
    }
}

/// Checks the imports of all `extensions`, which were made from `libraries`.
pub(super) fn check(
    libraries: &[Library],
    extensions: &[Extension],
    provided: &ProvidedSymbols,
) -> Result<()> {
    let symbols: Vec<Symbols> =
        extensions.iter().map(|one| Symbols::read(&one.library)).collect::<Result<_>>()?;
    let mut others = ProvidedSymbols::default();
    for extension in extensions {
        others.add(Symbols::read(&extension.library)?);
    }
    for (library, symbols) in libraries.iter().zip(&symbols) {
        let mut missing = Vec::new();
        let mut different = Vec::new();
        for (import, strength) in &symbols.imports {
            if others.fault(import).is_none() {
                continue;
            }
            let called = matches!(import.kind, SymbolKind::Function(_) | SymbolKind::Address);
            match provided.fault(import) {
                // The linker puts a trap in place of a weak function that is missing.
                Some(_) if *strength == BindingStrength::Weak && called && !provided.has(&import.name) => {}
                Some(fault) => missing.push(fault),
                None if library.abi == Abi::Emscripten => {
                    if let Some(why) = libc_differences::difference(&import.name) {
                        different.push(format!("{}: {why}", import.name));
                    }
                }
                None => {}
            }
        }
        missing.extend(symbols.foreign.iter().cloned());
        let mut text = String::new();
        for (what, names) in [
            ("symbols that no library in the sandbox has", missing),
            ("functions that differ in the sandbox and have no wrapper yet", different),
        ] {
            if !names.is_empty() {
                text = format!("{text}\nit needs {what}:\n    {}", names.join("\n    "));
            }
        }
        if !text.is_empty() {
            let error = Error::new(format!(
                "the native code `{}` in `{}` cannot be linked{text}",
                library.path, library.wheel
            ))
            .help("pin a version without it, or a pure one; or do without the package");
            return Err(if library.declared.is_some() {
                error.blame("packages", library.declared)
            } else {
                error
            });
        }
    }
    Ok(())
}
