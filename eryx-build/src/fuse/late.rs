//! The second module: puts functions that need the memory into tables of the fused module.

use std::collections::BTreeMap;

use wasm_encoder::reencode::{Reencode as _, RoundtripReencoder};
use wasm_encoder::{
    ConstExpr, ElementSection, Elements, EntityType, ImportSection, Module, NameSection, TypeSection,
};

use super::component::ParsedComponent;
use super::emit::FusedModule;
use super::item::{CoreItem, ExternKind};
use super::plan::FusionPlan;
use super::refused::{FusionObstacle, FusionResult};
use super::tables::{self, TableContents};

/// The instance of the fused module, as this one imports it.
pub(super) const FUSED: &str = "fused";
/// The instance with these functions.
pub(super) const LATE: &str = "late";

/// The second module.
#[derive(Debug)]
pub(super) struct LateModule {
    pub(super) module: Vec<u8>,
    /// The functions that it imports from [`LATE`], by name.
    pub(super) imports: BTreeMap<String, usize>,
}

impl LateModule {
    /// Writes the module; `None` if there are no such functions.
    pub(super) fn write(
        component: &ParsedComponent<'_>,
        tables: &TableContents,
        plan: &FusionPlan,
        fused: &FusedModule,
    ) -> FusionResult<Option<Self>> {
        let mut types = TypeSection::new();
        for ty in &plan.types {
            types.ty().func_type(&RoundtripReencoder.func_type(ty.clone())?);
        }
        let mut section = ImportSection::new();
        let mut elements = ElementSection::new();
        let mut numbers: BTreeMap<usize, u32> = BTreeMap::new();
        let mut filled = 0;
        for (table, places) in tables {
            let late = |item: &CoreItem| matches!(item, CoreItem::Canon(canon) if component.canons[*canon].is_late());
            let runs = tables::runs(places, late);
            if runs.is_empty() {
                continue;
            }
            let name = fused.exports.get(&(ExternKind::Table, *table));
            let name = name.ok_or_else(|| FusionObstacle::new("a table to fill is not exported"))?;
            let CoreItem::Own { unit, index } = *table else { continue };
            let module = component.module_of(unit);
            let ty = module.defined(ExternKind::Table, index).and_then(|place| module.tables.get(place));
            let ty = *ty.ok_or_else(|| FusionObstacle::new("a table is missing"))?;
            section.import(FUSED, name, EntityType::Table(RoundtripReencoder.table_type(ty)?));
            for (offset, run) in runs {
                let functions: Vec<u32> = run
                    .into_iter()
                    .filter_map(|item| match item {
                        CoreItem::Canon(canon) => {
                            let next = numbers.len() as u32;
                            Some(*numbers.entry(canon).or_insert(next))
                        }
                        CoreItem::Own { .. } => None,
                    })
                    .collect();
                elements.active(
                    (filled > 0).then_some(filled),
                    &ConstExpr::i32_const((offset as u32).cast_signed()),
                    Elements::Functions(functions.into()),
                );
            }
            filled += 1;
        }
        if filled == 0 {
            return Ok(None);
        }
        let mut by_number: Vec<(u32, usize)> =
            numbers.into_iter().map(|(canon, number)| (number, canon)).collect();
        by_number.sort_unstable();
        let mut imports = BTreeMap::new();
        for (number, canon) in by_number {
            let imported = component.canons[canon].imported.as_ref();
            let (_, ty) = imported.ok_or_else(|| FusionObstacle::new("a function in a table has no type"))?;
            let name = number.to_string();
            section.import(LATE, &name, EntityType::Function(plan.type_number(ty)?));
            imports.insert(name, canon);
        }
        let mut names = NameSection::new();
        names.module("late");
        let mut module = Module::new();
        module.section(&types).section(&section).section(&elements).section(&names);
        Ok(Some(Self { module: module.finish(), imports }))
    }
}
