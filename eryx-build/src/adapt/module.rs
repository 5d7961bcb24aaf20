//! Rewrites one dynamic library: renames some of its symbols, and translates legacy exception handling.
//!
//! Indices stay as they are, because the rewriting adds and removes no function, global or tag. So code without legacy
//! exception handling is copied byte for byte.

use std::borrow::Cow;

use wasm_encoder::reencode::{Error as ReencodeError, Reencode as _, RoundtripReencoder};
use wasm_encoder::{CodeSection, Encode as _, ExportSection, ImportSection, Module, RawSection, TypeSection};
use wasmparser::{Dylink0Subsection, KnownCustom, Parser, Payload, TypeRef, Validator, WasmFeatures};

use super::exceptions;
use super::types::FunctionTypes;
use crate::error::{Error, Result};

/// New names for symbols and libraries.
pub(super) trait SymbolNames {
    /// Returns the new name of an import from `env`, `GOT.mem` or `GOT.func`.
    fn import<'n>(&self, name: &'n str) -> Cow<'n, str>;
    /// Returns the new name of an export; `None` drops the export.
    fn export<'n>(&self, name: &'n str) -> Option<Cow<'n, str>>;
    /// Returns the library to link for a needed one; `None` if its symbols come from elsewhere.
    fn needed<'n>(&self, library: &'n str) -> Option<Cow<'n, str>>;
}

/// A rewritten library.
#[derive(Debug)]
pub(super) struct RewrittenLibrary {
    pub(super) library: Vec<u8>,
    /// Number of functions that had legacy exception handling.
    pub(super) translated: usize,
}

/// The WebAssembly features that libraries may use: those of the engine, and legacy exception handling, which is
/// translated.
fn features() -> WasmFeatures {
    WasmFeatures::WASM2
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::EXCEPTIONS
        | WasmFeatures::LEGACY_EXCEPTIONS
}

/// Rewrites `library`.
///
/// # Errors
/// When it is not valid WebAssembly.
pub(super) fn rewrite(library: &[u8], names: &impl SymbolNames) -> Result<RewrittenLibrary> {
    // The code below relies on a valid module.
    Validator::new_with_features(features())
        .validate_all(library)
        .map_err(|error| Error::new(format!("it is not valid WebAssembly: {error}")))?;
    rewrite_valid(library, names).map_err(|error| match error {
        ReencodeError::ParseError(error) => Error::new(format!("it cannot be read: {error}")),
        error => Error::new(format!("it cannot be rewritten: {error}")),
    })
}

fn rewrite_valid(library: &[u8], names: &impl SymbolNames) -> Result<RewrittenLibrary, ReencodeError> {
    let mut types = FunctionTypes::default();
    let mut functions = Vec::new();
    let mut bodies = Vec::new();
    let payloads: Vec<Payload<'_>> = Parser::new(0).parse_all(library).collect::<Result<_, _>>()?;
    for payload in &payloads {
        match payload {
            Payload::TypeSection(section) => {
                for ty in section.clone().into_iter_err_on_gc_types() {
                    types.push(&ty?)?;
                }
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    if let TypeRef::Tag(tag) = import?.ty {
                        types.push_tag(tag.func_type_idx);
                    }
                }
            }
            Payload::FunctionSection(section) => {
                functions = section.clone().into_iter().collect::<Result<_, _>>()?;
            }
            Payload::TagSection(section) => {
                for tag in section.clone() {
                    types.push_tag(tag?.func_type_idx);
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.clone()),
            _ => {}
        }
    }

    // The code comes first, because it decides which types the module needs.
    let mut code = CodeSection::new();
    let mut translated = 0;
    for (body, ty) in bodies.iter().zip(&functions) {
        let params = types.param_count(*ty)?;
        match exceptions::translate(body, params, &mut types)? {
            Some(bytes) => {
                translated += 1;
                code.raw(&bytes);
            }
            None => {
                code.raw(body.as_bytes());
            }
        }
    }

    let mut module = Module::new();
    let mut code = Some(code);
    for payload in payloads {
        match payload {
            Payload::CustomSection(section) => {
                // Other custom sections are for debuggers and linkers.
                if let KnownCustom::Dylink0(subsections) = section.as_known() {
                    let mut data = Vec::new();
                    for subsection in subsections {
                        dylink(&mut data, subsection?, names);
                    }
                    module
                        .section(&wasm_encoder::CustomSection { name: "dylink.0".into(), data: data.into() });
                }
            }
            Payload::TypeSection(section) => {
                let mut all = TypeSection::new();
                RoundtripReencoder.parse_type_section(&mut all, section)?;
                for (params, results) in types.added() {
                    all.ty().function(params.iter().copied(), results.iter().copied());
                }
                module.section(&all);
            }
            Payload::ImportSection(section) => {
                let mut imports = ImportSection::new();
                for import in section.into_imports() {
                    let import = import?;
                    let name = match import.module {
                        "env" | "GOT.mem" | "GOT.func" => names.import(import.name),
                        _ => import.name.into(),
                    };
                    imports.import(import.module, &name, RoundtripReencoder.entity_type(import.ty)?);
                }
                module.section(&imports);
            }
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                for export in section {
                    let export = export?;
                    if let Some(name) = names.export(export.name) {
                        exports.export(&name, RoundtripReencoder.export_kind(export.kind)?, export.index);
                    }
                }
                module.section(&exports);
            }
            Payload::CodeSectionStart { .. } => {
                if let Some(code) = code.take() {
                    module.section(&code);
                }
            }
            Payload::CodeSectionEntry(_) => {}
            other => {
                if let Some((id, range)) = other.as_section() {
                    module.section(&RawSection {
                        id,
                        data: &library[range.start as usize..range.end as usize],
                    });
                }
            }
        }
    }
    Ok(RewrittenLibrary { library: module.finish(), translated })
}

/// Writes a subsection of `dylink.0`, which describes how a library is linked.
fn dylink(data: &mut Vec<u8>, subsection: Dylink0Subsection<'_>, names: &impl SymbolNames) {
    let mut part = Vec::new();
    let id = match subsection {
        Dylink0Subsection::MemInfo(info) => {
            for value in [info.memory_size, info.memory_alignment, info.table_size, info.table_alignment] {
                value.encode(&mut part);
            }
            1
        }
        Dylink0Subsection::Needed(libraries) => {
            let needed: Vec<_> = libraries.into_iter().filter_map(|library| names.needed(library)).collect();
            needed.len().encode(&mut part);
            for library in &needed {
                library.encode(&mut part);
            }
            2
        }
        Dylink0Subsection::ExportInfo(exports) => {
            let kept: Vec<_> = exports
                .iter()
                .filter_map(|export| Some((names.export(export.name)?, export.flags)))
                .collect();
            kept.len().encode(&mut part);
            for (name, flags) in kept {
                name.encode(&mut part);
                flags.bits().encode(&mut part);
            }
            3
        }
        Dylink0Subsection::ImportInfo(imports) => {
            imports.len().encode(&mut part);
            for import in imports {
                import.module.encode(&mut part);
                names.import(import.field).encode(&mut part);
                import.flags.bits().encode(&mut part);
            }
            4
        }
        // Libraries are found by name. The linker does not know the other subsections, so they cannot matter to it.
        _ => return,
    };
    data.push(id);
    part.len().encode(data);
    data.extend(part);
}
