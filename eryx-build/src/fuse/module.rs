//! A core module, read.

use std::collections::HashMap;
use std::fmt;

use wasmparser::{
    ConstExpr, Data, Element, FuncType, FunctionBody, GlobalType, Import, KnownCustom, MemoryType, Name,
    Parser, Payload, TableInit, TableType, TypeRef,
};

use super::item::ExternKind;
use super::refused::{FusionObstacle, FusionResult};

/// A core module. Lists hold what it defines; an index counts imports first.
#[derive(Default)]
pub(super) struct ParsedModule<'a> {
    /// What it is called, for messages.
    pub(super) name: &'a str,
    pub(super) types: Vec<FuncType>,
    pub(super) imports: Vec<Import<'a>>,
    /// The types of all functions, imported ones too.
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
    /// Names of functions, from the name section or else the exports.
    pub(super) function_names: HashMap<u32, &'a str>,
    imported: [u32; 5],
}

impl fmt::Debug for ParsedModule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParsedModule").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<'a> ParsedModule<'a> {
    /// Reads it.
    ///
    /// # Errors
    /// When it has something that cannot be put beside that of other modules, such as a start function.
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
                    // Names are for people: what cannot be read of them is not worth a failure.
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

    /// How many items of a kind it imports; the first that it defines has this index.
    pub(super) fn imported(&self, kind: ExternKind) -> u32 {
        self.imported[kind as usize]
    }

    /// How many items of a kind there are, imported ones too.
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

    /// The place of an index among what the module defines.
    pub(super) fn defined(&self, kind: ExternKind, index: u32) -> Option<usize> {
        index.checked_sub(self.imported(kind)).map(|place| place as usize)
    }

    /// The type of a function, by its index.
    pub(super) fn signature(&self, function: u32) -> FusionResult<&FuncType> {
        let ty = self.functions.get(function as usize).and_then(|ty| self.types.get(*ty as usize));
        ty.ok_or_else(|| FusionObstacle::new("a function has no type"))
    }
}
