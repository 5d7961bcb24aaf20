//! Liveness: the functions that can be called, and the state that they can change.

use std::collections::{BTreeSet, HashMap};

use super::component::ParsedComponent;
use super::item::{CoreItem, ExternKind};
use super::refused::{FusionObstacle, FusionResult};
use super::scan::{FunctionUses, scan};
use super::tables::{self, TableContents};

/// Stubs, functions that only call another function, with their targets.
///
/// The linker makes a stub for each function whose callers come before it. The stub calls through an entry of the table
/// that is filled later. In the fused module, that entry is known.
#[derive(Debug, Default)]
pub(super) struct StubTargets(HashMap<CoreItem, CoreItem>);

impl StubTargets {
    /// Returns the function that a call of `function` ends in.
    pub(super) fn target(&self, function: CoreItem) -> CoreItem {
        let mut target = function;
        // Stubs that form a cycle never return, so any of them is a valid target.
        for _ in 0..=self.0.len() {
            match self.0.get(&target) {
                Some(next) => target = *next,
                None => break,
            }
        }
        target
    }

    fn find(
        component: &ParsedComponent<'_>,
        scanned: &ScannedFunctions,
        tables: &TableContents,
    ) -> FusionResult<Self> {
        let mut changed = BTreeSet::new();
        for (unit, of_unit) in component.units.iter().enumerate() {
            for uses in &scanned.0[unit] {
                for table in &uses.changes {
                    changed.insert(of_unit.items.at(ExternKind::Table, *table)?);
                }
            }
        }
        let mut stubs = HashMap::new();
        for (unit, of_unit) in component.units.iter().enumerate() {
            let first = component.module_of(unit).imported(ExternKind::Func);
            for (index, uses) in (first..).zip(&scanned.0[unit]) {
                let Some(stub) = uses.stub else { continue };
                let table = of_unit.items.at(ExternKind::Table, stub.table)?;
                let place = tables.get(&table).and_then(|places| places.get(stub.place as usize));
                let Some(Some(target)) = place else { continue };
                let function = CoreItem::Own { unit, index };
                let late = matches!(target, CoreItem::Canon(canon) if component.canons[*canon].is_late());
                // A call with the wrong type traps. The trap must stay.
                let same = component.signature(function) == component.signature(*target);
                if same && !late && !changed.contains(&table) && *target != function {
                    stubs.insert(function, *target);
                }
            }
        }
        Ok(Self(stubs))
    }
}

/// The references of functions, by unit.
#[derive(Debug)]
struct ScannedFunctions(Vec<Vec<FunctionUses>>);

/// Live items, and state that may change.
#[derive(Debug, Default)]
pub(super) struct LiveItems {
    pub(super) functions: BTreeSet<CoreItem>,
    /// Functions of the component model that the fused module imports.
    pub(super) canons: BTreeSet<usize>,
    /// Functions that code takes references of.
    pub(super) references: BTreeSet<CoreItem>,
    /// Globals that code sets.
    pub(super) set: BTreeSet<CoreItem>,
    /// Data segments that code copies, by unit and index.
    pub(super) data: BTreeSet<(usize, u32)>,
    /// Element segments that code copies, by unit and index.
    pub(super) elements: BTreeSet<(usize, u32)>,
    pub(super) stubs: StubTargets,
}

impl LiveItems {
    /// Follows calls from the functions that the component model and tables refer to.
    pub(super) fn find(component: &ParsedComponent<'_>, tables: &TableContents) -> FusionResult<Self> {
        let scanned = (0..component.units.len()).map(|unit| scan(component.module_of(unit)));
        let scanned = ScannedFunctions(scanned.collect::<FusionResult<_>>()?);
        let mut live = Self { stubs: StubTargets::find(component, &scanned, tables)?, ..Self::default() };
        let mut open = Vec::new();
        for canon in &component.canons {
            for (kind, item) in &canon.uses {
                if *kind == ExternKind::Func {
                    live.reach(component, *item, &mut open)?;
                }
            }
        }
        for item in tables.values().flatten().flatten() {
            // The second module puts late functions into tables.
            if !matches!(item, CoreItem::Canon(canon) if component.canons[*canon].is_late()) {
                live.reach(component, *item, &mut open)?;
            }
        }
        while let Some((unit, index)) = open.pop() {
            let items = &component.units[unit].items;
            let place = component.module_of(unit).defined(ExternKind::Func, index);
            let uses = place.and_then(|place| scanned.0[unit].get(place));
            let uses = uses.ok_or_else(|| FusionObstacle::new("a function has no code"))?;
            for function in &uses.functions {
                live.reach(component, items.at(ExternKind::Func, *function)?, &mut open)?;
            }
            for function in &uses.references {
                live.references.insert(live.stubs.target(items.at(ExternKind::Func, *function)?));
            }
            for global in &uses.sets {
                live.set.insert(items.at(ExternKind::Global, *global)?);
            }
            live.data.extend(uses.data.iter().map(|index| (unit, *index)));
            for index in &uses.elements {
                live.element(component, unit, *index, &mut open)?;
            }
        }
        Ok(live)
    }

    fn reach(
        &mut self,
        component: &ParsedComponent<'_>,
        function: CoreItem,
        open: &mut Vec<(usize, u32)>,
    ) -> FusionResult<()> {
        match self.stubs.target(function) {
            own @ CoreItem::Own { unit, index } => {
                if self.functions.insert(own) {
                    open.push((unit, index));
                }
            }
            CoreItem::Canon(canon) => {
                if component.canons[canon].is_late() {
                    let name = component.canons[canon].imported.as_ref().map(|(name, _)| name.as_str());
                    let name = name.unwrap_or("a function");
                    return Err(FusionObstacle::new(format!(
                        "a core module imports `{name}`, which needs the memory of another"
                    )));
                }
                self.canons.insert(canon);
            }
        }
        Ok(())
    }

    /// Marks the functions of a segment that code copies.
    fn element(
        &mut self,
        component: &ParsedComponent<'_>,
        unit: usize,
        index: u32,
        open: &mut Vec<(usize, u32)>,
    ) -> FusionResult<()> {
        if self.elements.insert((unit, index)) {
            let element = component.module_of(unit).elements.get(index as usize);
            let element = element.ok_or_else(|| FusionObstacle::new("an element segment is missing"))?;
            for function in tables::functions(component, unit, &element.items)?.into_iter().flatten() {
                self.reach(component, function, open)?;
            }
        }
        Ok(())
    }
}
