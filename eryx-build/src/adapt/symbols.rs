//! Imports and exports of a dynamic library.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use wasmparser::{
    Dylink0Subsection, ExternalKind, FuncType, KnownCustom, Parser, Payload, SymbolFlags, TypeRef, ValType,
};

use crate::error::{Error, Result};

/// The symbols of one library.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    /// Imports from `env`, and data and functions whose address is taken.
    pub(super) imports: BTreeMap<Symbol, BindingStrength>,
    pub(super) exports: BTreeMap<Symbol, BindingStrength>,
    /// Names of the libraries it needs.
    pub(super) needed: Vec<String>,
    /// Imports of other kinds, which no dynamic linker provides.
    pub(super) foreign: Vec<String>,
    /// Whether it has a `dylink.0` section; only dynamic libraries do.
    pub(super) dynamic: bool,
}

/// A name and its type. Import and export must agree on both.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Symbol {
    pub(super) name: String,
    pub(super) kind: SymbolKind,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SymbolKind {
    /// A function that is called.
    Function(Signature),
    /// A function whose address is taken.
    Address,
    /// Data.
    Data,
    /// Tag of an exception.
    Tag(Signature),
}

/// Whether a symbol may be missing, or may be replaced by another library's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BindingStrength {
    Strong,
    Weak,
}

/// Parameters and results.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Signature(String);

impl Signature {
    fn new(ty: &FuncType) -> Self {
        let list = |types: &[ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        Self(format!("({}) -> ({})", list(ty.params()), list(ty.results())))
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.kind {
            SymbolKind::Function(Signature(signature)) => write!(f, "function {name}{signature}"),
            SymbolKind::Address => write!(f, "address of the function {name}"),
            SymbolKind::Data => write!(f, "data {name}"),
            SymbolKind::Tag(Signature(signature)) => write!(f, "tag {name}{signature}"),
        }
    }
}

/// Names that the linker itself provides or calls.
const LINKERS: &[&str] = &[
    "memory",
    "__indirect_function_table",
    "__memory_base",
    "__table_base",
    "__stack_pointer",
    "__init_stack_pointer",
    "__heap_base",
    "__heap_end",
    "__stack_high",
    "__stack_low",
    "__wasm_apply_data_relocs",
    "__wasm_call_ctors",
    "_initialize",
    "__wasm_libdl_libraries",
];

/// Whether the linker provides or calls the symbol.
pub(super) fn is_linkers(name: &str) -> bool {
    LINKERS.contains(&name)
}

impl Symbols {
    /// Reads the symbols of a library.
    ///
    /// # Errors
    /// When the library is not WebAssembly.
    pub(super) fn read(library: &[u8]) -> Result<Self> {
        Self::parse(library).map_err(|error| Error::new(format!("it is not a WebAssembly library: {error}")))
    }

    fn parse(library: &[u8]) -> wasmparser::Result<Self> {
        let mut symbols = Self::default();
        let mut types: Vec<FuncType> = Vec::new();
        let (mut functions, mut tags): (Vec<u32>, Vec<u32>) = Default::default();
        let mut weak_imports = BTreeSet::new();
        let mut weak_exports = BTreeSet::new();
        let signature = |types: &[FuncType], ty: u32| types.get(ty as usize).map(Signature::new);
        for payload in Parser::new(0).parse_all(library) {
            match payload? {
                Payload::CustomSection(section) => {
                    let KnownCustom::Dylink0(subsections) = section.as_known() else { continue };
                    symbols.dynamic = true;
                    for subsection in subsections {
                        match subsection? {
                            Dylink0Subsection::Needed(needed) => {
                                symbols.needed.extend(needed.into_iter().map(str::to_owned));
                            }
                            Dylink0Subsection::ImportInfo(imports) => {
                                let weak = imports
                                    .into_iter()
                                    .filter(|one| one.flags.contains(SymbolFlags::BINDING_WEAK));
                                weak_imports.extend(weak.map(|one| (one.module, one.field)));
                            }
                            Dylink0Subsection::ExportInfo(exports) => {
                                let weak = exports
                                    .into_iter()
                                    .filter(|one| one.flags.contains(SymbolFlags::BINDING_WEAK));
                                weak_exports.extend(weak.map(|one| one.name));
                            }
                            _ => {}
                        }
                    }
                }
                Payload::TypeSection(section) => {
                    types = section.into_iter_err_on_gc_types().collect::<Result<_, _>>()?;
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        match import.ty {
                            TypeRef::Func(ty) => functions.push(ty),
                            TypeRef::Tag(tag) => tags.push(tag.func_type_idx),
                            _ => {}
                        }
                        let kind = match (import.module, import.ty) {
                            ("env" | "GOT.mem" | "GOT.func", _) if is_linkers(import.name) => continue,
                            ("env", TypeRef::Func(ty)) => signature(&types, ty).map(SymbolKind::Function),
                            ("env", TypeRef::Tag(tag)) => {
                                signature(&types, tag.func_type_idx).map(SymbolKind::Tag)
                            }
                            ("GOT.mem", TypeRef::Global(_)) => Some(SymbolKind::Data),
                            ("GOT.func", TypeRef::Global(_)) => Some(SymbolKind::Address),
                            _ => None,
                        };
                        match kind {
                            Some(kind) => {
                                let weak = weak_imports.contains(&(import.module, import.name));
                                let strength =
                                    if weak { BindingStrength::Weak } else { BindingStrength::Strong };
                                symbols.imports.insert(Symbol { name: import.name.into(), kind }, strength);
                            }
                            None => symbols.foreign.push(format!("{}.{}", import.module, import.name)),
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        functions.push(ty?);
                    }
                }
                Payload::TagSection(section) => {
                    for tag in section {
                        tags.push(tag?.func_type_idx);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        let index = export.index as usize;
                        let kind = match export.kind {
                            ExternalKind::Func => functions
                                .get(index)
                                .and_then(|ty| signature(&types, *ty))
                                .map(SymbolKind::Function),
                            ExternalKind::Tag => {
                                tags.get(index).and_then(|ty| signature(&types, *ty)).map(SymbolKind::Tag)
                            }
                            ExternalKind::Global => Some(SymbolKind::Data),
                            _ => None,
                        };
                        if let Some(kind) = kind {
                            let weak = weak_exports.contains(export.name);
                            let strength = if weak { BindingStrength::Weak } else { BindingStrength::Strong };
                            symbols.exports.insert(Symbol { name: export.name.into(), kind }, strength);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(symbols)
    }
}
