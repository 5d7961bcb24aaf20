//! Writes the fused module.

use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::reencode::{Reencode as _, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, FunctionSection, GlobalSection, ImportSection, MemorySection, Module, NameMap,
    NameSection, TableSection, TagKind, TagSection, TagType, TypeSection,
};
use wasmparser::DataKind;

use super::code::CodeRewriter;
use super::component::ParsedComponent;
use super::item::{CoreItem, ExternKind};
use super::live::LiveItems;
use super::plan::FusionPlan;
use super::refused::{FusionObstacle, FusionResult};
use super::tables::{self, TableContents};

/// The instance from which the fused module imports all its functions.
pub(super) const HOST: &str = "host";

/// The initial memory is a multiple of this number of pages (2 MiB). Its exact size depends on the imports. After the
/// start image has left the module, the size is their only trace in the code, so rounding lets more bundles share their
/// compiled code. Untouched pages cost no memory, and C's allocator uses them.
const MEMORY_STEP: u64 = 32;

/// The fused module.
#[derive(Debug)]
pub(super) struct FusedModule {
    pub(super) module: Vec<u8>,
    /// The functions of the component model that it imports from [`HOST`], by name.
    pub(super) imports: BTreeMap<String, usize>,
    /// Its exports and their names.
    pub(super) exports: BTreeMap<(ExternKind, CoreItem), String>,
}

impl FusedModule {
    pub(super) fn write(
        component: &ParsedComponent<'_>,
        tables: &TableContents,
        live: &LiveItems,
        plan: &FusionPlan,
    ) -> FusionResult<Self> {
        let mut module = Module::new();
        module.section(&types(plan)?);

        let mut imports = BTreeMap::new();
        let mut section = ImportSection::new();
        for canon in &live.canons {
            let imported = component.canons[*canon].imported.as_ref();
            let (name, ty) =
                imported.ok_or_else(|| FusionObstacle::new("a function that is called has no type"))?;
            let name = unique(name, |name| imports.contains_key(name));
            section.import(HOST, &name, EntityType::Function(plan.type_number(ty)?));
            imports.insert(name, *canon);
        }
        module.section(&section);
        module.section(&functions(component, live, plan)?);

        let mut section = TableSection::new();
        for table in &plan.tables {
            let (of, index) = defined(component, ExternKind::Table, *table)?;
            section.table(RoundtripReencoder.table_type(component.module_of(of).tables[index])?);
        }
        module.section(&section);
        let mut section = MemorySection::new();
        for memory in &plan.memories {
            let (of, index) = defined(component, ExternKind::Memory, *memory)?;
            let mut ty = RoundtripReencoder.memory_type(component.module_of(of).memories[index])?;
            let rounded = ty.minimum.next_multiple_of(MEMORY_STEP);
            ty.minimum = ty.maximum.map_or(rounded, |maximum| rounded.min(maximum));
            section.memory(ty);
        }
        module.section(&section);
        let mut section = TagSection::new();
        for tag in &plan.tags {
            let (of, index) = defined(component, ExternKind::Tag, *tag)?;
            let func_type_idx = plan.ty(of, component.module_of(of).tags[index])?;
            section.tag(TagType { kind: TagKind::Exception, func_type_idx });
        }
        if !plan.tags.is_empty() {
            module.section(&section);
        }
        let mut section = GlobalSection::new();
        for global in &plan.globals {
            let (of, index) = defined(component, ExternKind::Global, *global)?;
            let ty = RoundtripReencoder.global_type(component.module_of(of).globals[index].0)?;
            section.global(ty, &component.initial(*global)?.expression());
        }
        module.section(&section);

        let exports = names_of_exports(component, tables, live);
        let mut section = ExportSection::new();
        for ((kind, item), name) in &exports {
            let (kind, number) = match kind {
                ExternKind::Func => (ExportKind::Func, plan.function(live.stubs.target(*item))?),
                ExternKind::Table => (ExportKind::Table, plan.number(*kind, *item)?),
                ExternKind::Memory => (ExportKind::Memory, plan.number(*kind, *item)?),
                ExternKind::Global => (ExportKind::Global, plan.number(*kind, *item)?),
                ExternKind::Tag => (ExportKind::Tag, plan.number(*kind, *item)?),
            };
            section.export(name, kind, number);
        }
        module.section(&section);
        module.section(&elements(component, tables, live, plan)?);

        let data = data(component, plan)?;
        if !plan.data.is_empty() {
            module.section(&DataCountSection { count: data.len() });
        }
        let mut code = CodeSection::new();
        for function in &live.functions {
            let (of, index) = defined(component, ExternKind::Func, *function)?;
            let body = component.module_of(of).bodies.get(index);
            let body = body.ok_or_else(|| FusionObstacle::new("a function has no code"))?;
            CodeRewriter::new(component, plan, &live.stubs, of).function(&mut code, body.clone())?;
        }
        module.section(&code);
        module.section(&data);
        module.section(&names(component, plan));
        Ok(Self { module: module.finish(), imports, exports })
    }
}

/// Returns the unit that defines an item, and the item's index among those defined by the unit's module.
fn defined(
    component: &ParsedComponent<'_>,
    kind: ExternKind,
    item: CoreItem,
) -> FusionResult<(usize, usize)> {
    match item {
        CoreItem::Own { unit, index } => {
            let place = component.module_of(unit).defined(kind, index);
            Ok((unit, place.ok_or_else(|| FusionObstacle::new("an import was not followed"))?))
        }
        CoreItem::Canon(_) => Err(FusionObstacle::new("a function of the component model is defined")),
    }
}

fn types(plan: &FusionPlan) -> FusionResult<TypeSection> {
    let mut section = TypeSection::new();
    for ty in &plan.types {
        section.ty().func_type(&RoundtripReencoder.func_type(ty.clone())?);
    }
    Ok(section)
}

fn functions(
    component: &ParsedComponent<'_>,
    live: &LiveItems,
    plan: &FusionPlan,
) -> FusionResult<FunctionSection> {
    let mut section = FunctionSection::new();
    for function in &live.functions {
        let CoreItem::Own { unit, index } = *function else { continue };
        section.function(plan.ty(unit, component.module_of(unit).functions[index as usize])?);
    }
    Ok(section)
}

/// Names the exports: items that the component model uses, and tables for late functions. The names come from the
/// modules' exports, because backtraces begin with the names of exported functions.
fn names_of_exports(
    component: &ParsedComponent<'_>,
    tables: &TableContents,
    live: &LiveItems,
) -> BTreeMap<(ExternKind, CoreItem), String> {
    let used = component.canons.iter().flat_map(|canon| canon.uses.iter().copied());
    let filled = tables.iter().filter(|(_, places)| {
        let is_late =
            |item: &CoreItem| matches!(item, CoreItem::Canon(canon) if component.canons[*canon].is_late());
        places.iter().flatten().any(is_late)
    });
    let needed: BTreeSet<(ExternKind, CoreItem)> =
        used.chain(filled.map(|(table, _)| (ExternKind::Table, *table))).collect();
    let mut taken = BTreeSet::new();
    let mut names = BTreeMap::new();
    for (kind, item) in needed {
        let CoreItem::Own { unit, index } = item else { continue };
        let exports = component.module_of(unit).exports.iter();
        let exported = exports.filter(|(_, export)| **export == (kind, index)).map(|(name, _)| *name).min();
        let name = unique(exported.unwrap_or("item"), |name| taken.contains(name));
        taken.insert(name.clone());
        names.insert((kind, item), name);
    }
    debug_assert!(
        names.keys().all(|(kind, item)| *kind != ExternKind::Func
            || matches!(live.stubs.target(*item), CoreItem::Own { .. })),
        "lifted functions are code"
    );
    names
}

fn unique(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut found = name.to_owned();
    let mut number = 2;
    while taken(&found) {
        found = format!("{name}-{number}");
        number += 1;
    }
    found
}

/// Writes the element segments: those that code uses, functions that code takes references of, and the contents of
/// tables.
fn elements(
    component: &ParsedComponent<'_>,
    tables: &TableContents,
    live: &LiveItems,
    plan: &FusionPlan,
) -> FusionResult<ElementSection> {
    let function = |item: CoreItem| plan.function(live.stubs.target(item));
    let mut section = ElementSection::new();
    for (unit, index) in &plan.elements {
        let element = &component.module_of(*unit).elements[*index as usize];
        let items = tables::functions(component, *unit, &element.items)?.into_iter().map(|item| {
            Ok(match item {
                Some(item) => ConstExpr::ref_func(function(item)?),
                None => ConstExpr::ref_null(wasm_encoder::HeapType::FUNC),
            })
        });
        let items = items.collect::<FusionResult<Vec<_>>>()?;
        section.passive(Elements::Expressions(wasm_encoder::RefType::FUNCREF, items.into()));
    }
    if !live.references.is_empty() {
        let referenced = live.references.iter().map(|item| plan.function(*item));
        section.declared(Elements::Functions(referenced.collect::<FusionResult<Vec<_>>>()?.into()));
    }
    for (table, places) in tables {
        let number = plan.number(ExternKind::Table, *table)?;
        let early =
            |item: &CoreItem| !matches!(item, CoreItem::Canon(canon) if component.canons[*canon].is_late());
        for (offset, run) in tables::runs(places, early) {
            let functions = run.into_iter().map(function).collect::<FusionResult<Vec<_>>>()?;
            section.active(
                (number > 0).then_some(number),
                &ConstExpr::i32_const((offset as u32).cast_signed()),
                Elements::Functions(functions.into()),
            );
        }
    }
    Ok(section)
}

/// Writes the data segments: those that code uses, then the initial contents of memories.
fn data(component: &ParsedComponent<'_>, plan: &FusionPlan) -> FusionResult<DataSection> {
    let mut section = DataSection::new();
    for (unit, index) in &plan.data {
        let data = component.module_of(*unit).data.get(*index as usize);
        let data = data.ok_or_else(|| FusionObstacle::new("a data segment is missing"))?;
        match data.kind {
            DataKind::Passive => section.passive(data.data.iter().copied()),
            // The segment was dropped when the instance was made.
            DataKind::Active { .. } => section.passive([]),
        };
    }
    for (unit, of_unit) in component.units.iter().enumerate() {
        for data in &component.module_of(unit).data {
            let DataKind::Active { memory_index, offset_expr } = &data.kind else { continue };
            if data.data.is_empty() {
                continue;
            }
            let memory =
                plan.number(ExternKind::Memory, of_unit.items.at(ExternKind::Memory, *memory_index)?)?;
            let offset = component.offset(unit, offset_expr)?;
            section.active(memory, &ConstExpr::i32_const(offset.cast_signed()), data.data.iter().copied());
        }
    }
    Ok(section)
}

/// Writes the names of functions, which backtraces show.
fn names(component: &ParsedComponent<'_>, plan: &FusionPlan) -> NameSection {
    let mut functions = NameMap::new();
    for (number, function) in (0..).zip(&plan.functions) {
        match function {
            CoreItem::Own { unit, index } => {
                if let Some(name) = component.module_of(*unit).function_names.get(index) {
                    functions.append(number, name);
                }
            }
            CoreItem::Canon(canon) => {
                if let Some((name, _)) = &component.canons[*canon].imported {
                    functions.append(number, name);
                }
            }
        }
    }
    let mut names = NameSection::new();
    names.module("fused");
    names.functions(&functions);
    names
}
