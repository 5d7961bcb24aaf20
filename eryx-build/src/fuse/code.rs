//! Rewrites the code of functions with the indices of the fused module.

use wasm_encoder::reencode::{Error as ReencodeError, Reencode, utils};
use wasm_encoder::{CodeSection, Instruction};
use wasmparser::{FunctionBody, Operator};

use super::component::ParsedComponent;
use super::item::{CoreItem, ExternKind, IndexSpaces};
use super::live::StubTargets;
use super::plan::FusionPlan;
use super::refused::{FusionObstacle, FusionResult};

/// Rewrites the functions of one unit.
pub(super) struct CodeRewriter<'p> {
    plan: &'p FusionPlan,
    stubs: &'p StubTargets,
    unit: usize,
    items: &'p IndexSpaces<CoreItem>,
}

impl<'p> CodeRewriter<'p> {
    pub(super) fn new(
        component: &'p ParsedComponent<'_>,
        plan: &'p FusionPlan,
        stubs: &'p StubTargets,
        unit: usize,
    ) -> Self {
        Self { plan, stubs, unit, items: &component.units[unit].items }
    }

    pub(super) fn function(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> FusionResult<()> {
        Ok(self.parse_function_body(code, body)?)
    }

    fn item(&self, kind: ExternKind, index: u32) -> Result<CoreItem, ReencodeError<FusionObstacle>> {
        Ok(self.items.at(kind, index)?)
    }

    fn number(&self, kind: ExternKind, index: u32) -> Result<u32, ReencodeError<FusionObstacle>> {
        Ok(self.plan.number(kind, self.item(kind, index)?)?)
    }
}

impl Reencode for CodeRewriter<'_> {
    type Error = FusionObstacle;

    fn type_index(&mut self, index: u32) -> Result<u32, ReencodeError<FusionObstacle>> {
        Ok(self.plan.ty(self.unit, index)?)
    }

    fn function_index(&mut self, index: u32) -> Result<u32, ReencodeError<FusionObstacle>> {
        Ok(self.plan.function(self.stubs.target(self.item(ExternKind::Func, index)?))?)
    }

    fn table_index(&mut self, index: u32) -> Result<u32, ReencodeError<FusionObstacle>> {
        self.number(ExternKind::Table, index)
    }

    fn memory_index(&mut self, index: u32) -> Result<u32, ReencodeError<FusionObstacle>> {
        self.number(ExternKind::Memory, index)
    }

    fn global_index(&mut self, index: u32) -> Result<u32, ReencodeError<FusionObstacle>> {
        self.number(ExternKind::Global, index)
    }

    fn tag_index(&mut self, index: u32) -> Result<u32, ReencodeError<FusionObstacle>> {
        self.number(ExternKind::Tag, index)
    }

    fn data_index(&mut self, index: u32) -> Result<u32, ReencodeError<FusionObstacle>> {
        Ok(self.plan.data(self.unit, index)?)
    }

    fn element_index(&mut self, index: u32) -> Result<u32, ReencodeError<FusionObstacle>> {
        Ok(self.plan.element(self.unit, index)?)
    }

    fn instruction<'a>(
        &mut self,
        operator: Operator<'a>,
    ) -> Result<Instruction<'a>, ReencodeError<FusionObstacle>> {
        if let Operator::GlobalGet { global_index } = operator
            && let Some(number) = self.plan.constants.get(&self.item(ExternKind::Global, global_index)?)
        {
            return Ok(number.instruction());
        }
        utils::instruction(self, operator)
    }
}
