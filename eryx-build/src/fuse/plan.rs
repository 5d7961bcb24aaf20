//! Assigns the indices of the fused module.

use std::collections::HashMap;

use wasmparser::{ElementKind, FuncType};

use super::component::ParsedComponent;
use super::constant::ConstantNumber;
use super::item::{CoreItem, ExternKind};
use super::live::LiveItems;
use super::refused::{FusionObstacle, FusionResult};

/// The indices of all items in the fused module.
#[derive(Debug, Default)]
pub(super) struct FusionPlan {
    /// All function types, each once.
    pub(super) types: Vec<FuncType>,
    /// The new type index for each type of each unit.
    renamed_types: Vec<Vec<u32>>,
    /// Functions: imports, then those of the units in their order.
    pub(super) functions: Vec<CoreItem>,
    function_numbers: HashMap<CoreItem, u32>,
    pub(super) tables: Vec<CoreItem>,
    pub(super) memories: Vec<CoreItem>,
    pub(super) tags: Vec<CoreItem>,
    /// Mutable globals; the others have become constants.
    pub(super) globals: Vec<CoreItem>,
    /// The indices of other items.
    numbers: HashMap<(ExternKind, CoreItem), u32>,
    pub(super) constants: HashMap<CoreItem, ConstantNumber>,
    /// Segments that code names, by unit and index.
    pub(super) data: Vec<(usize, u32)>,
    pub(super) elements: Vec<(usize, u32)>,
}

impl FusionPlan {
    pub(super) fn make(component: &ParsedComponent<'_>, live: &LiveItems) -> FusionResult<Self> {
        let mut plan = Self::default();
        plan.number_types(component);
        plan.functions.extend(live.canons.iter().map(|canon| CoreItem::Canon(*canon)));
        plan.functions.extend(&live.functions);
        plan.function_numbers = (0..).zip(&plan.functions).map(|(number, item)| (*item, number)).collect();

        for unit in 0..component.units.len() {
            let module = component.module_of(unit);
            for kind in [ExternKind::Table, ExternKind::Memory, ExternKind::Tag, ExternKind::Global] {
                for index in module.imported(kind)..module.count(kind) {
                    let item = CoreItem::Own { unit, index };
                    let list = match kind {
                        ExternKind::Table => &mut plan.tables,
                        ExternKind::Memory => &mut plan.memories,
                        ExternKind::Tag => &mut plan.tags,
                        _ if live.set.contains(&item) => &mut plan.globals,
                        _ => {
                            plan.constants.insert(item, component.initial(item)?);
                            continue;
                        }
                    };
                    plan.numbers.insert((kind, item), list.len() as u32);
                    list.push(item);
                }
            }
        }
        plan.data.extend(&live.data);
        plan.elements.extend(live.elements.iter().filter(|(unit, index)| {
            let element = component.module_of(*unit).elements.get(*index as usize);
            element.is_some_and(|element| matches!(element.kind, ElementKind::Passive))
        }));
        if plan.elements.len() != live.elements.len() {
            return Err(FusionObstacle::new("code uses an element segment that has already been used up"));
        }
        Ok(plan)
    }

    fn number_types(&mut self, component: &ParsedComponent<'_>) {
        let mut known: HashMap<FuncType, u32> = HashMap::new();
        for unit in 0..component.units.len() {
            let types = component.module_of(unit).types.iter().map(|ty| {
                *known.entry(ty.clone()).or_insert_with(|| {
                    self.types.push(ty.clone());
                    self.types.len() as u32 - 1
                })
            });
            self.renamed_types.push(types.collect());
        }
        for canon in &component.canons {
            if let Some((_, ty)) = &canon.imported {
                debug_assert!(known.contains_key(ty), "a module that imports it has the type");
            }
        }
    }

    /// Returns the index of a type, by its index in a unit.
    pub(super) fn ty(&self, unit: usize, index: u32) -> FusionResult<u32> {
        let found = self.renamed_types[unit].get(index as usize);
        found.copied().ok_or_else(|| FusionObstacle::new("a type is missing"))
    }

    /// Returns the index of a type that some unit has.
    pub(super) fn type_number(&self, ty: &FuncType) -> FusionResult<u32> {
        let found = self.types.iter().position(|known| known == ty);
        found.map(|at| at as u32).ok_or_else(|| FusionObstacle::new("a type is missing"))
    }

    /// Returns the index of a function, after following stubs.
    pub(super) fn function(&self, function: CoreItem) -> FusionResult<u32> {
        let found = self.function_numbers.get(&function);
        found.copied().ok_or_else(|| FusionObstacle::new("a function that is called was dropped"))
    }

    /// Returns the index of a table, memory, tag, or mutable global.
    pub(super) fn number(&self, kind: ExternKind, item: CoreItem) -> FusionResult<u32> {
        let found = self.numbers.get(&(kind, item));
        found.copied().ok_or_else(|| FusionObstacle::new(format!("a {kind:?} is missing")))
    }

    /// Returns the index of a data segment.
    pub(super) fn data(&self, unit: usize, index: u32) -> FusionResult<u32> {
        let found = self.data.iter().position(|one| *one == (unit, index));
        found.map(|at| at as u32).ok_or_else(|| FusionObstacle::new("a data segment is missing"))
    }

    /// Returns the index of an element segment.
    pub(super) fn element(&self, unit: usize, index: u32) -> FusionResult<u32> {
        let found = self.elements.iter().position(|one| *one == (unit, index));
        found.map(|at| at as u32).ok_or_else(|| FusionObstacle::new("an element segment is missing"))
    }
}
