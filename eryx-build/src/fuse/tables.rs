//! The contents of tables after the last instantiation.

use std::collections::BTreeMap;

use wasmparser::{ConstExpr, ElementItems, ElementKind, Operator};

use super::component::ParsedComponent;
use super::item::{CoreItem, ExternKind};
use super::refused::{FusionObstacle, FusionResult};

/// The entries of each table.
pub(super) type TableContents = BTreeMap<CoreItem, Vec<Option<CoreItem>>>;

/// Fills all tables as the instances would, one after the other.
///
/// No code runs in between, because the component has no start functions.
pub(super) fn fill(component: &ParsedComponent<'_>) -> FusionResult<TableContents> {
    let mut tables = TableContents::new();
    for unit in 0..component.units.len() {
        let module = component.module_of(unit);
        for (index, table) in (module.imported(ExternKind::Table)..).zip(&module.tables) {
            let length = usize::try_from(table.initial).unwrap_or(usize::MAX);
            // More than engines allow by default. The length in the file is untrusted.
            if length > 10_000_000 {
                return Err(FusionObstacle::new("a table is too large"));
            }
            tables.insert(CoreItem::Own { unit, index }, vec![None; length]);
        }
        for element in &module.elements {
            let ElementKind::Active { table_index, offset_expr } = &element.kind else { continue };
            let table = component.units[unit].items.at(ExternKind::Table, table_index.unwrap_or(0))?;
            let offset = component.offset(unit, offset_expr)? as usize;
            let functions = functions(component, unit, &element.items)?;
            let places = tables.get_mut(&table).ok_or_else(|| FusionObstacle::new("a table is missing"))?;
            let places = offset.checked_add(functions.len()).and_then(|end| places.get_mut(offset..end));
            places
                .ok_or_else(|| FusionObstacle::new("functions are put beside a table"))?
                .copy_from_slice(&functions);
        }
    }
    Ok(tables)
}

/// Returns the functions of an element segment.
pub(super) fn functions(
    component: &ParsedComponent<'_>,
    unit: usize,
    items: &ElementItems<'_>,
) -> FusionResult<Vec<Option<CoreItem>>> {
    let functions = |index| component.units[unit].items.at(ExternKind::Func, index);
    match items {
        ElementItems::Functions(section) => {
            section.clone().into_iter().map(|index| Ok(Some(functions(index?)?))).collect()
        }
        ElementItems::Expressions(_, section) => {
            section.clone().into_iter().map(|expression| reference(&expression?, functions)).collect()
        }
    }
}

fn reference(
    expression: &ConstExpr<'_>,
    function: impl Fn(u32) -> FusionResult<CoreItem>,
) -> FusionResult<Option<CoreItem>> {
    let mut found = Err(FusionObstacle::new("an element is neither a function nor null"));
    for operator in expression.get_operators_reader() {
        match operator? {
            Operator::RefFunc { function_index } => found = Ok(Some(function(function_index)?)),
            Operator::RefNull { .. } => found = Ok(None),
            Operator::End => {}
            other => return Err(FusionObstacle::new(format!("an element is computed with `{other:?}`"))),
        }
    }
    found
}

/// Returns the entries for which `wanted` is true, in contiguous runs with the index of each run's first entry.
pub(super) fn runs(
    places: &[Option<CoreItem>],
    wanted: impl Fn(&CoreItem) -> bool,
) -> Vec<(usize, Vec<CoreItem>)> {
    let mut runs: Vec<(usize, Vec<CoreItem>)> = Vec::new();
    for (place, item) in places.iter().enumerate() {
        let Some(item) = item.filter(&wanted) else { continue };
        match runs.last_mut() {
            Some((first, run)) if *first + run.len() == place => run.push(item),
            _ => runs.push((place, vec![item])),
        }
    }
    runs
}
