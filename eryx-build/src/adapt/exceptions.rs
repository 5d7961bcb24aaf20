//! Translates legacy exception handling (`try`, `catch`, `catch_all`, `delegate`, `rethrow`) to the final proposal
//! (`try_table`, `throw_ref`), one function at a time. wasmtime runs only the final one; compilers for Emscripten still
//! emit the legacy one.
//!
//! ```text
//! try bt                       block bt                          ;; labels of the `try` lead here
//!   BODY                         block (result …)                ;; `catch_all` arrives here
//! catch $t                         block (result … exnref)       ;; `catch $t` arrives here
//!   HANDLER                          try_table bt (catch_ref $t 0) (catch_all 1)
//! catch_all              =>            BODY
//!   HANDLER                          end
//! end                                br 2
//!                                  end
//!                                  local.set $exception          ;; only if the handler has a `rethrow`
//!                                  HANDLER
//!                                  br 1
//!                                end
//!                                HANDLER
//!                              end
//! ```
//!
//! A `delegate` becomes a `try_table` whose `catch_all_ref` leads to a place inside the target `try_table`, which
//! throws the exception again. If no other `try` lies between the two, the `delegate` has no effect and becomes a
//! `block`.

use wasm_encoder::reencode::{Error, Reencode as _, RoundtripReencoder};
use wasm_encoder::{Catch, Encode as _, Instruction, ValType};
use wasmparser::{FunctionBody, Operator};

use super::plan::{BlockKind, ExceptionPlan, TryBlock, TryPart};
use super::types::FunctionTypes;

/// Returns the translated body of a function that uses legacy exception handling: locals and instructions, in the
/// encoding of a code section. Returns `None` if the function uses none of it.
pub(super) fn translate(
    body: &FunctionBody<'_>,
    params: u32,
    types: &mut FunctionTypes,
) -> Result<Option<Vec<u8>>, Error> {
    let Some(plan) = ExceptionPlan::of(body)? else { return Ok(None) };
    let mut locals = Vec::new();
    let mut first_slot = params;
    for local in body.get_locals_reader()? {
        let (count, ty) = local?;
        first_slot += count;
        locals.push((count, RoundtripReencoder.val_type(ty)?));
    }
    let mut translator = Translator {
        plan,
        types,
        code: Vec::new(),
        frames: Vec::new(),
        labels: 0,
        next: 0,
        first_slot,
        slots: 0,
    };
    translator.function(body)?;
    if translator.slots > 0 {
        locals.push((translator.slots, ValType::EXNREF));
    }
    let mut bytes = Vec::new();
    locals.len().encode(&mut bytes);
    for (count, ty) in locals {
        count.encode(&mut bytes);
        ty.encode(&mut bytes);
    }
    bytes.extend(translator.code);
    Ok(Some(bytes))
}

/// An open label of the old code.
struct Frame {
    node: usize,
    part: TryPart,
    /// The label that stands for it in the new code, counted from the function's own label.
    label: u32,
    /// The label where exceptions delegated to this frame arrive.
    entrance: Option<u32>,
    /// The local with the caught exception, in a handler with a `rethrow`.
    slot: Option<u32>,
}

struct Translator<'t> {
    plan: ExceptionPlan,
    types: &'t mut FunctionTypes,
    code: Vec<u8>,
    frames: Vec<Frame>,
    /// Number of open labels in the new code.
    labels: u32,
    /// Index of the next node of the plan.
    next: usize,
    first_slot: u32,
    slots: u32,
}

impl Translator<'_> {
    fn function(&mut self, body: &FunctionBody<'_>) -> Result<(), Error> {
        self.open(None);
        if self.plan.receives(0) {
            self.entrance(&[]);
        }
        for operator in body.get_operators_reader()? {
            self.operator(operator?)?;
        }
        Ok(())
    }

    fn emit(&mut self, instruction: &Instruction<'_>) {
        instruction.encode(&mut self.code);
    }

    /// Opens a label with an instruction, and a frame for the old label.
    fn open(&mut self, instruction: Option<&Instruction<'_>>) {
        if let Some(instruction) = instruction {
            self.emit(instruction);
        }
        let node = self.next;
        self.next += 1;
        self.frames.push(Frame { node, part: TryPart::Body, label: self.labels, entrance: None, slot: None });
        self.labels += 1;
    }

    fn label(&mut self, instruction: &Instruction<'_>) {
        self.emit(instruction);
        self.labels += 1;
    }

    fn end(&mut self) {
        self.emit(&Instruction::End);
        self.labels -= 1;
    }

    /// Returns the branch depth of a label of the new code from the current position.
    fn distance(&self, label: u32) -> u32 {
        self.labels - 1 - label
    }

    fn frame(&self, depth: u32) -> &Frame {
        &self.frames[self.frames.len() - 1 - depth as usize]
    }

    /// Returns the new depth of a branch over `depth` old labels.
    fn branch(&self, depth: u32) -> u32 {
        self.distance(self.frame(depth).label)
    }

    /// Opens the block whose end is the entrance for delegated exceptions into the current frame.
    fn entrance(&mut self, params: &[ValType]) {
        let ty = self.types.block(params, &[ValType::EXNREF]);
        let label = self.labels;
        self.label(&Instruction::Block(ty));
        self.frames.last_mut().expect("a frame is open").entrance = Some(label);
    }

    fn operator(&mut self, operator: Operator<'_>) -> Result<(), Error> {
        match operator {
            Operator::Try { blockty } => self.begin_try(blockty)?,
            Operator::Catch { .. } | Operator::CatchAll => self.handler(),
            Operator::Delegate { .. } => {
                self.end();
                self.frames.pop();
            }
            Operator::Rethrow { relative_depth } => {
                let slot = self.frame(relative_depth).slot.expect("the plan has seen every rethrow");
                self.emit(&Instruction::LocalGet(slot));
                self.emit(&Instruction::ThrowRef);
            }
            Operator::End => self.end_frame(),
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                let instruction = RoundtripReencoder.instruction(operator)?;
                self.open(Some(&instruction));
            }
            Operator::TryTable { try_table } => {
                let ty = RoundtripReencoder.block_type(try_table.ty)?;
                let catches = try_table.catches.into_iter().map(|catch| self.catch(catch)).collect();
                self.open(Some(&Instruction::TryTable(ty, catches)));
            }
            Operator::Br { relative_depth } => self.emit(&Instruction::Br(self.branch(relative_depth))),
            Operator::BrIf { relative_depth } => self.emit(&Instruction::BrIf(self.branch(relative_depth))),
            Operator::BrOnNull { relative_depth } => {
                self.emit(&Instruction::BrOnNull(self.branch(relative_depth)));
            }
            Operator::BrOnNonNull { relative_depth } => {
                self.emit(&Instruction::BrOnNonNull(self.branch(relative_depth)));
            }
            Operator::BrTable { targets } => {
                let labels = targets.targets().map(|depth| depth.map(|depth| self.branch(depth)));
                let labels: Vec<u32> = labels.collect::<Result<_, _>>()?;
                self.emit(&Instruction::BrTable(labels.into(), self.branch(targets.default())));
            }
            other => RoundtripReencoder.instruction(other)?.encode(&mut self.code),
        }
        Ok(())
    }

    fn catch(&self, catch: wasmparser::Catch) -> Catch {
        match catch {
            wasmparser::Catch::One { tag, label } => Catch::One { tag, label: self.branch(label) },
            wasmparser::Catch::OneRef { tag, label } => Catch::OneRef { tag, label: self.branch(label) },
            wasmparser::Catch::All { label } => Catch::All { label: self.branch(label) },
            wasmparser::Catch::AllRef { label } => Catch::AllRef { label: self.branch(label) },
        }
    }

    fn begin_try(&mut self, blockty: wasmparser::BlockType) -> Result<(), Error> {
        let ty = RoundtripReencoder.block_type(blockty)?;
        let TryBlock { handlers, receives, delegate } = match &self.plan.nodes[self.next].kind {
            BlockKind::Try(plan) => plan.clone(),
            BlockKind::Plain => unreachable!("the plan has the same nodes"),
        };
        if let Some(delegate) = delegate {
            let instruction = if delegate.needed {
                let frame = self.frames.iter().find(|frame| frame.node == delegate.destination);
                let entrance = frame.and_then(|frame| frame.entrance);
                let entrance =
                    entrance.expect("a receiving label has an entrance, and encloses the delegating one");
                let catch = Catch::AllRef { label: self.distance(entrance) };
                Instruction::TryTable(ty, vec![catch].into())
            } else {
                Instruction::Block(ty)
            };
            self.open(Some(&instruction));
            return Ok(());
        }
        self.open(Some(&Instruction::Block(ty)));
        if handlers.is_empty() {
            return Ok(());
        }
        let params = self.types.params(blockty)?;
        // The first handler is innermost: each handler falls to the end of its block, where the next one begins.
        for handler in handlers.iter().rev() {
            let mut arrives = match handler.tag {
                Some(tag) => self.types.tag(tag)?,
                None => Vec::new(),
            };
            if handler.rethrown {
                arrives.push(ValType::EXNREF);
            }
            let block = self.types.block(&params, &arrives);
            self.label(&Instruction::Block(block));
        }
        let catches =
            handlers.iter().zip(0..).map(|(handler, label)| match (handler.tag, handler.rethrown) {
                (Some(tag), true) => Catch::OneRef { tag, label },
                (Some(tag), false) => Catch::One { tag, label },
                (None, true) => Catch::AllRef { label },
                (None, false) => Catch::All { label },
            });
        let catches: Vec<Catch> = catches.collect();
        self.label(&Instruction::TryTable(ty, catches.into()));
        if receives {
            self.entrance(&params);
        }
        Ok(())
    }

    /// Ends the body or a handler of the current `try`, and begins its next handler.
    fn handler(&mut self) {
        let Frame { node, part, label, entrance, .. } = *self.frames.last().expect("a frame is open");
        let index = match part {
            TryPart::Body => {
                if let Some(entrance) = entrance {
                    // The label around the entrance is the label of the `try_table`.
                    self.emit(&Instruction::Br(self.distance(entrance - 1)));
                    self.end();
                    self.emit(&Instruction::ThrowRef);
                }
                self.end();
                0
            }
            TryPart::Handler(index) => index + 1,
        };
        self.emit(&Instruction::Br(self.distance(label)));
        self.end();
        let BlockKind::Try(plan) = &self.plan.nodes[node].kind else {
            unreachable!("only a `try` has handlers")
        };
        let slot = plan.handlers[index].rethrown.then(|| {
            let taken =
                self.frames[..self.frames.len() - 1].iter().filter(|frame| frame.slot.is_some()).count();
            self.first_slot + taken as u32
        });
        if let Some(slot) = slot {
            self.slots = self.slots.max(slot - self.first_slot + 1);
            self.emit(&Instruction::LocalSet(slot));
        }
        let frame = self.frames.last_mut().expect("a frame is open");
        frame.part = TryPart::Handler(index);
        frame.slot = slot;
        frame.entrance = None;
    }

    fn end_frame(&mut self) {
        let frame = self.frames.pop().expect("a frame is open");
        if frame.node == 0 && frame.entrance.is_some() {
            self.emit(&Instruction::Return);
            self.end();
            self.emit(&Instruction::ThrowRef);
        }
        self.end();
    }
}

#[cfg(test)]
mod tests;
