//! Parses a core module.

use std::collections::HashMap;
use std::fmt;

use wasmparser::{
    ConstExpr, Data, Element, FuncType, FunctionBody, GlobalType, Import, KnownCustom, MemoryType, Name,
    Parser, Payload, TableInit, TableType, TypeRef,
};

use super::item::ExternKind;
use super::refused::{FusionObstacle, FusionResult};

/// A core module. Its lists have the items that it defines; indices count imports first.
#[derive(Default)]
pub(super) struct ParsedModule<'a> {
    /// Its name for messages.
    pub(super) name: &'a str,
    pub(super) types: Vec<FuncType>,
    pub(super) imports: Vec<Import<'a>>,
    /// The types of all functions, including imported ones.
    pub(super) functions: Vec<u32>,
    pub(super) tables: Vec<TableType>,
    pub(super) memories: Vec<MemoryType>,
    pub(super) globals: Vec<(GlobalType, ConstExpr<'a>)>,
    /// The types of its tags.
    pub(super) tags: Vec<u32>,
    pub(super) exports: HashMap<&'a str, (ExternKind, u32)>,
    pub(super) elements: Vec<Element<'a>>,
    pub(super) data: Vec<Data<'a>>,
    pub(super) bodies: Vec<FunctionBody<'a>>,
    /// Names of functions, from the name section, else from the exports.
    pub(super) function_names: HashMap<u32, &'a str>,
    imported: [u32; 5],
}

impl fmt::Debug for ParsedModule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParsedModule").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<'a> ParsedModule<'a> {
    /// Parses a module.
    ///
    /// # Errors
    /// When it has a part that cannot be merged with those of other modules, such as a start function.
    pub(super) fn read(bytes: &'a [u8]) -> FusionResult<Self> {
        let mut module = Self { name: "a core module", ..Self::default() };
        let mut named = HashMap::new();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::TypeSection(section) => {
                    module.types = section.into_iter_err_on_gc_types().collect::<Result<_, _>>()?;
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        if let TypeRef::Func(ty) = import.ty {
                            module.functions.push(ty);
                        }
                        module.imported[ExternKind::of_import(import.ty)? as usize] += 1;
                        module.imports.push(import);
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        module.functions.push(ty?);
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        let table = table?;
                        if !matches!(table.init, TableInit::RefNull) {
                            return Err(FusionObstacle::new(
                                "a table is initialised with something else than null",
                            ));
                        }
                        module.tables.push(table.ty);
                    }
                }
                Payload::MemorySection(section) => {
                    module.memories = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::TagSection(section) => {
                    for tag in section {
                        module.tags.push(tag?.func_type_idx);
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        let global = global?;
                        module.globals.push((global.ty, global.init_expr));
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        let kind = ExternKind::of_export(export.kind)?;
                        module.exports.insert(export.name, (kind, export.index));
                        if kind == ExternKind::Func {
                            module.function_names.entry(export.index).or_insert(export.name);
                        }
                    }
                }
                Payload::StartSection { .. } => {
                    return Err(FusionObstacle::new("a core module still has a start function"));
                }
                Payload::ElementSection(section) => {
                    module.elements = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::DataSection(section) => {
                    module.data = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::CodeSectionEntry(body) => module.bodies.push(body),
                Payload::CustomSection(section) => {
                    let KnownCustom::Name(subsections) = section.as_known() else { continue };
                    // Names are only for people, so unreadable ones are skipped.
                    for name in subsections.into_iter().flatten() {
                        match name {
                            Name::Module { name: own, .. } => module.name = own,
                            Name::Function(functions) => {
                                named
                                    .extend(functions.into_iter().flatten().map(|one| (one.index, one.name)));
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        module.function_names.extend(named);
        Ok(module)
    }

    /// Returns the number of imports of a kind, which is the index of the first item that the module defines.
    pub(super) fn imported(&self, kind: ExternKind) -> u32 {
        self.imported[kind as usize]
    }

    /// Returns the number of items of a kind, including imports.
    pub(super) fn count(&self, kind: ExternKind) -> u32 {
        let defined = match kind {
            ExternKind::Func => return self.functions.len() as u32,
            ExternKind::Table => self.tables.len(),
            ExternKind::Memory => self.memories.len(),
            ExternKind::Global => self.globals.len(),
            ExternKind::Tag => self.tags.len(),
        };
        self.imported(kind) + defined as u32
    }

    /// Returns the position of an index among the items that the module defines.
    pub(super) fn defined(&self, kind: ExternKind, index: u32) -> Option<usize> {
        index.checked_sub(self.imported(kind)).map(|place| place as usize)
    }

    /// Returns the type of a function.
    pub(super) fn signature(&self, function: u32) -> FusionResult<&FuncType> {
        let ty = self.functions.get(function as usize).and_then(|ty| self.types.get(*ty as usize));
        ty.ok_or_else(|| FusionObstacle::new("a function has no type"))
    }
}
