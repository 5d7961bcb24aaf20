//! Values of constant expressions.

use wasm_encoder::{ConstExpr, Instruction};
use wasmparser::Operator;

use super::component::Component;
use super::item::{Item, Kind};
use super::refused::{Outcome, Refused};

/// A number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    I32(i32),
    I64(i64),
    /// A float, as its bits: nothing is computed with it.
    F32(u32),
    F64(u64),
}

impl Number {
    /// The instruction that gives it.
    pub(super) fn instruction(self) -> Instruction<'static> {
        match self {
            Self::I32(value) => Instruction::I32Const(value),
            Self::I64(value) => Instruction::I64Const(value),
            Self::F32(bits) => Instruction::F32Const(wasm_encoder::Ieee32::new(bits)),
            Self::F64(bits) => Instruction::F64Const(wasm_encoder::Ieee64::new(bits)),
        }
    }

    /// An expression of only that instruction.
    pub(super) fn expression(self) -> ConstExpr {
        match self {
            Self::I32(value) => ConstExpr::i32_const(value),
            Self::I64(value) => ConstExpr::i64_const(value),
            Self::F32(bits) => ConstExpr::f32_const(wasm_encoder::Ieee32::new(bits)),
            Self::F64(bits) => ConstExpr::f64_const(wasm_encoder::Ieee64::new(bits)),
        }
    }
}

impl Component<'_> {
    /// The value of an expression that stands in a unit: a number, computed from others and from globals.
    pub(super) fn number(&self, unit: usize, expression: &wasmparser::ConstExpr<'_>) -> Outcome<Number> {
        let mut stack = Vec::new();
        for operator in expression.get_operators_reader() {
            match operator? {
                Operator::I32Const { value } => stack.push(Number::I32(value)),
                Operator::I64Const { value } => stack.push(Number::I64(value)),
                Operator::F32Const { value } => stack.push(Number::F32(value.bits())),
                Operator::F64Const { value } => stack.push(Number::F64(value.bits())),
                Operator::GlobalGet { global_index } => {
                    stack.push(self.initial(self.units[unit].items.at(Kind::Global, global_index)?)?);
                }
                Operator::I32Add => combine(&mut stack, i32::wrapping_add)?,
                Operator::I32Sub => combine(&mut stack, i32::wrapping_sub)?,
                Operator::I32Mul => combine(&mut stack, i32::wrapping_mul)?,
                Operator::End => {}
                other => {
                    return Err(Refused::new(format!("a constant is computed with `{other:?}`")));
                }
            }
        }
        match stack[..] {
            [number] => Ok(number),
            _ => Err(Refused::new("a constant expression has not one value")),
        }
    }

    /// The value that a global begins with.
    pub(super) fn initial(&self, global: Item) -> Outcome<Number> {
        let Item::Own { unit, index } = global else {
            return Err(Refused::new("a global is a function"));
        };
        let module = self.module_of(unit);
        let defined = module.defined(Kind::Global, index).and_then(|place| module.globals.get(place));
        // A global's own expression only reads globals before it, so this ends.
        self.number(unit, &defined.ok_or_else(|| Refused::new("a global is missing"))?.1)
    }

    /// The value of an expression that gives an address or a table index.
    pub(super) fn offset(&self, unit: usize, expression: &wasmparser::ConstExpr<'_>) -> Outcome<u32> {
        match self.number(unit, expression)? {
            Number::I32(offset) => Ok(offset.cast_unsigned()),
            other => Err(Refused::new(format!("an offset is {other:?}"))),
        }
    }
}

fn combine(stack: &mut Vec<Number>, operation: impl Fn(i32, i32) -> i32) -> Outcome<()> {
    match (stack.pop(), stack.pop()) {
        (Some(Number::I32(second)), Some(Number::I32(first))) => {
            stack.push(Number::I32(operation(first, second)));
            Ok(())
        }
        _ => Err(Refused::new("a constant is computed of other things than 32-bit integers")),
    }
}
