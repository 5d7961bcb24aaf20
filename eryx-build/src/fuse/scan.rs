//! Collects the items that each function's code refers to, once per function.

use wasmparser::{FunctionBody, Operator};

use super::module::ParsedModule;
use super::refused::FusionResult;

/// The items that a function's code refers to, by the indices of its module.
#[derive(Debug, Default)]
pub(super) struct FunctionUses {
    /// Functions that it calls or takes references of.
    pub(super) functions: Vec<u32>,
    /// Functions that it takes references of.
    pub(super) references: Vec<u32>,
    /// Globals that it sets.
    pub(super) sets: Vec<u32>,
    /// Tables that it changes.
    pub(super) changes: Vec<u32>,
    /// Element segments that it copies or drops.
    pub(super) elements: Vec<u32>,
    /// Data segments that it copies or drops.
    pub(super) data: Vec<u32>,
    /// The call, if the function only passes its parameters to a function in a table.
    pub(super) stub: Option<TableCallStub>,
}

/// A call through a constant index of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TableCallStub {
    pub(super) table: u32,
    pub(super) place: u32,
}

/// Returns the references of each function that a module defines.
pub(super) fn scan(module: &ParsedModule<'_>) -> FusionResult<Vec<FunctionUses>> {
    let types = module.functions[module.functions.len() - module.bodies.len()..].iter();
    let params = types.map(|ty| module.types.get(*ty as usize).map_or(0, |ty| ty.params().len()));
    module.bodies.iter().zip(params).map(|(body, params)| function(body, params)).collect()
}

fn function(body: &FunctionBody<'_>, params: usize) -> FusionResult<FunctionUses> {
    let mut uses = FunctionUses::default();
    let mut shape = StubProgress::Parameters(0);
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        let operator = reader.read()?;
        match operator {
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                uses.functions.push(function_index);
            }
            Operator::RefFunc { function_index } => {
                uses.functions.push(function_index);
                uses.references.push(function_index);
            }
            Operator::GlobalSet { global_index } => uses.sets.push(global_index),
            Operator::TableSet { table } | Operator::TableGrow { table } | Operator::TableFill { table } => {
                uses.changes.push(table);
            }
            Operator::TableCopy { dst_table, .. } => uses.changes.push(dst_table),
            Operator::TableInit { elem_index, table } => {
                uses.changes.push(table);
                uses.elements.push(elem_index);
            }
            Operator::ElemDrop { elem_index } => uses.elements.push(elem_index),
            Operator::MemoryInit { data_index, .. } | Operator::DataDrop { data_index } => {
                uses.data.push(data_index);
            }
            _ => {}
        }
        shape = shape.next(&operator, params);
    }
    for list in [
        &mut uses.functions,
        &mut uses.references,
        &mut uses.sets,
        &mut uses.changes,
        &mut uses.elements,
        &mut uses.data,
    ] {
        list.sort_unstable();
        list.dedup();
    }
    if let StubProgress::Ended(stub) = shape {
        uses.stub = Some(stub);
    }
    Ok(uses)
}

/// The progress of matching a function against the form of a stub.
#[derive(Clone, Copy)]
enum StubProgress {
    /// So far, the code has only read this number of parameters, in their order.
    Parameters(u32),
    Place(u32),
    Called(TableCallStub),
    Ended(TableCallStub),
    Other,
}

impl StubProgress {
    fn next(self, operator: &Operator<'_>, params: usize) -> Self {
        match (self, operator) {
            (Self::Parameters(read), Operator::LocalGet { local_index }) if *local_index == read => {
                Self::Parameters(read + 1)
            }
            (Self::Parameters(read), Operator::I32Const { value }) if read as usize == params => {
                Self::Place(value.cast_unsigned())
            }
            (Self::Place(place), Operator::CallIndirect { table_index, .. }) => {
                Self::Called(TableCallStub { table: *table_index, place })
            }
            (Self::Called(stub), Operator::End) => Self::Ended(stub),
            _ => Self::Other,
        }
    }
}
