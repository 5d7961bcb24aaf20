//! Evaluates constant expressions.

use wasm_encoder::{ConstExpr, Instruction};
use wasmparser::Operator;

use super::component::ParsedComponent;
use super::item::{CoreItem, ExternKind};
use super::refused::{FusionObstacle, FusionResult};

/// A number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConstantNumber {
    I32(i32),
    I64(i64),
    /// A float, as its bits, because the pass does not compute with floats.
    F32(u32),
    F64(u64),
}

impl ConstantNumber {
    /// Returns the instruction for this constant.
    pub(super) fn instruction(self) -> Instruction<'static> {
        match self {
            Self::I32(value) => Instruction::I32Const(value),
            Self::I64(value) => Instruction::I64Const(value),
            Self::F32(bits) => Instruction::F32Const(wasm_encoder::Ieee32::new(bits)),
            Self::F64(bits) => Instruction::F64Const(wasm_encoder::Ieee64::new(bits)),
        }
    }

    /// Returns an expression with only that instruction.
    pub(super) fn expression(self) -> ConstExpr {
        match self {
            Self::I32(value) => ConstExpr::i32_const(value),
            Self::I64(value) => ConstExpr::i64_const(value),
            Self::F32(bits) => ConstExpr::f32_const(wasm_encoder::Ieee32::new(bits)),
            Self::F64(bits) => ConstExpr::f64_const(wasm_encoder::Ieee64::new(bits)),
        }
    }
}

impl ParsedComponent<'_> {
    /// Evaluates an expression in a unit to a number; it may use other numbers and globals.
    pub(super) fn number(
        &self,
        unit: usize,
        expression: &wasmparser::ConstExpr<'_>,
    ) -> FusionResult<ConstantNumber> {
        let mut stack = Vec::new();
        for operator in expression.get_operators_reader() {
            match operator? {
                Operator::I32Const { value } => stack.push(ConstantNumber::I32(value)),
                Operator::I64Const { value } => stack.push(ConstantNumber::I64(value)),
                Operator::F32Const { value } => stack.push(ConstantNumber::F32(value.bits())),
                Operator::F64Const { value } => stack.push(ConstantNumber::F64(value.bits())),
                Operator::GlobalGet { global_index } => {
                    stack.push(self.initial(self.units[unit].items.at(ExternKind::Global, global_index)?)?);
                }
                Operator::I32Add => combine(&mut stack, i32::wrapping_add)?,
                Operator::I32Sub => combine(&mut stack, i32::wrapping_sub)?,
                Operator::I32Mul => combine(&mut stack, i32::wrapping_mul)?,
                Operator::End => {}
                other => {
                    return Err(FusionObstacle::new(format!("a constant is computed with `{other:?}`")));
                }
            }
        }
        match stack[..] {
            [number] => Ok(number),
            _ => Err(FusionObstacle::new("a constant expression does not have one value")),
        }
    }

    /// Returns the initial value of a global.
    pub(super) fn initial(&self, global: CoreItem) -> FusionResult<ConstantNumber> {
        let CoreItem::Own { unit, index } = global else {
            return Err(FusionObstacle::new("a global is a function"));
        };
        let module = self.module_of(unit);
        let defined = module.defined(ExternKind::Global, index).and_then(|place| module.globals.get(place));
        // A global's expression only reads earlier globals, so the recursion ends.
        self.number(unit, &defined.ok_or_else(|| FusionObstacle::new("a global is missing"))?.1)
    }

    /// Evaluates an expression to an address or a table index.
    pub(super) fn offset(&self, unit: usize, expression: &wasmparser::ConstExpr<'_>) -> FusionResult<u32> {
        match self.number(unit, expression)? {
            ConstantNumber::I32(offset) => Ok(offset.cast_unsigned()),
            other => Err(FusionObstacle::new(format!("an offset is {other:?}"))),
        }
    }
}

fn combine(stack: &mut Vec<ConstantNumber>, operation: impl Fn(i32, i32) -> i32) -> FusionResult<()> {
    match (stack.pop(), stack.pop()) {
        (Some(ConstantNumber::I32(second)), Some(ConstantNumber::I32(first))) => {
            stack.push(ConstantNumber::I32(operation(first, second)));
            Ok(())
        }
        _ => Err(FusionObstacle::new("a constant is computed of other things than 32-bit integers")),
    }
}
