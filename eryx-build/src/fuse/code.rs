//! Code of functions, with the numbers of the fused module.

use wasm_encoder::reencode::{Error as ReencodeError, Reencode, utils};
use wasm_encoder::{CodeSection, Instruction};
use wasmparser::{FunctionBody, Operator};

use super::component::Component;
use super::item::{Item, Kind, Spaces};
use super::live::Stubs;
use super::plan::Plan;
use super::refused::{Outcome, Refused};

/// Writes functions of one unit.
pub(super) struct Rewriter<'p> {
    plan: &'p Plan,
    stubs: &'p Stubs,
    unit: usize,
    items: &'p Spaces<Item>,
}

impl<'p> Rewriter<'p> {
    pub(super) fn new(component: &'p Component<'_>, plan: &'p Plan, stubs: &'p Stubs, unit: usize) -> Self {
        Self { plan, stubs, unit, items: &component.units[unit].items }
    }

    pub(super) fn function(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Outcome<()> {
        Ok(self.parse_function_body(code, body)?)
    }

    fn item(&self, kind: Kind, index: u32) -> Result<Item, ReencodeError<Refused>> {
        Ok(self.items.at(kind, index)?)
    }

    fn number(&self, kind: Kind, index: u32) -> Result<u32, ReencodeError<Refused>> {
        Ok(self.plan.number(kind, self.item(kind, index)?)?)
    }
}

impl Reencode for Rewriter<'_> {
    type Error = Refused;

    fn type_index(&mut self, index: u32) -> Result<u32, ReencodeError<Refused>> {
        Ok(self.plan.ty(self.unit, index)?)
    }

    fn function_index(&mut self, index: u32) -> Result<u32, ReencodeError<Refused>> {
        Ok(self.plan.function(self.stubs.target(self.item(Kind::Func, index)?))?)
    }

    fn table_index(&mut self, index: u32) -> Result<u32, ReencodeError<Refused>> {
        self.number(Kind::Table, index)
    }

    fn memory_index(&mut self, index: u32) -> Result<u32, ReencodeError<Refused>> {
        self.number(Kind::Memory, index)
    }

    fn global_index(&mut self, index: u32) -> Result<u32, ReencodeError<Refused>> {
        self.number(Kind::Global, index)
    }

    fn tag_index(&mut self, index: u32) -> Result<u32, ReencodeError<Refused>> {
        self.number(Kind::Tag, index)
    }

    fn data_index(&mut self, index: u32) -> Result<u32, ReencodeError<Refused>> {
        Ok(self.plan.data(self.unit, index)?)
    }

    fn element_index(&mut self, index: u32) -> Result<u32, ReencodeError<Refused>> {
        Ok(self.plan.element(self.unit, index)?)
    }

    fn instruction<'a>(&mut self, operator: Operator<'a>) -> Result<Instruction<'a>, ReencodeError<Refused>> {
        if let Operator::GlobalGet { global_index } = operator
            && let Some(number) = self.plan.constants.get(&self.item(Kind::Global, global_index)?)
        {
            return Ok(number.instruction());
        }
        utils::instruction(self, operator)
    }
}
