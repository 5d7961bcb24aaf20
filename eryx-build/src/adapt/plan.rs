//! Facts about the `try`s of a function that the translation needs before it reaches the first one.

use wasm_encoder::reencode::Error;
use wasmparser::{FunctionBody, Operator};

/// The labels of one function in the order in which they open. The first is the function's own label.
#[derive(Debug)]
pub(super) struct ExceptionPlan {
    pub(super) nodes: Vec<PlanNode>,
}

/// One label.
#[derive(Debug)]
pub(super) struct PlanNode {
    /// The label around it, and the part of that label which contains it.
    outer: (usize, TryPart),
    pub(super) kind: BlockKind,
    /// Whether delegated exceptions arrive here. Set only for the function's own label; see [`TryBlock::receives`].
    receives: bool,
}

/// A part of a `try`. Labels of other kinds have only a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TryPart {
    Body,
    /// A handler, by index.
    Handler(usize),
}

#[derive(Debug)]
pub(super) enum BlockKind {
    Plain,
    Try(TryBlock),
}

#[derive(Debug, Clone, Default)]
pub(super) struct TryBlock {
    pub(super) handlers: Vec<CatchHandler>,
    /// Whether a `delegate` needs an entrance to its body.
    pub(super) receives: bool,
    /// The target, if it ends with a `delegate`.
    pub(super) delegate: Option<DelegateTarget>,
}

#[derive(Debug, Clone)]
pub(super) struct CatchHandler {
    /// `None` for `catch_all`.
    pub(super) tag: Option<u32>,
    /// Whether a `rethrow` throws the caught exception.
    pub(super) rethrown: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct DelegateTarget {
    /// The label that it names, and the part of that label which contains the `delegate`.
    target: (usize, TryPart),
    /// The node whose handlers get the exception; 0 if the function's caller gets it.
    pub(super) destination: usize,
    /// Whether another `try` on the way would catch the exception first.
    pub(super) needed: bool,
}

impl ExceptionPlan {
    /// Returns the plan of a function; `None` if it uses no legacy exception handling.
    pub(super) fn of(body: &FunctionBody<'_>) -> Result<Option<Self>, Error> {
        let mut plan = Self { nodes: Vec::new() };
        let mut open: Vec<(usize, TryPart)> = Vec::new();
        let mut legacy = false;
        plan.open(&mut open, BlockKind::Plain);
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::Block { .. }
                | Operator::Loop { .. }
                | Operator::If { .. }
                | Operator::TryTable { .. } => plan.open(&mut open, BlockKind::Plain),
                Operator::Try { .. } => {
                    legacy = true;
                    plan.open(&mut open, BlockKind::Try(TryBlock::default()));
                }
                Operator::Catch { tag_index } => plan.handler(&mut open, Some(tag_index)),
                Operator::CatchAll => plan.handler(&mut open, None),
                Operator::Rethrow { relative_depth } => {
                    let (node, part) = open[open.len() - 1 - relative_depth as usize];
                    if let (BlockKind::Try(one), TryPart::Handler(index)) = (&mut plan.nodes[node].kind, part)
                    {
                        one.handlers[index].rethrown = true;
                    }
                }
                Operator::Delegate { relative_depth } => {
                    let (node, _) = open.pop().expect("the code is valid");
                    let target = open[open.len() - 1 - relative_depth as usize];
                    if let BlockKind::Try(one) = &mut plan.nodes[node].kind {
                        one.delegate = Some(DelegateTarget { target, destination: 0, needed: false });
                    }
                }
                Operator::End => {
                    open.pop();
                }
                _ => {}
            }
        }
        if !legacy {
            return Ok(None);
        }
        plan.resolve();
        Ok(Some(plan))
    }

    fn open(&mut self, open: &mut Vec<(usize, TryPart)>, kind: BlockKind) {
        let outer = open.last().copied().unwrap_or((0, TryPart::Body));
        open.push((self.nodes.len(), TryPart::Body));
        self.nodes.push(PlanNode { outer, kind, receives: false });
    }

    fn handler(&mut self, open: &mut [(usize, TryPart)], tag: Option<u32>) {
        let (node, part) = open.last_mut().expect("the code is valid");
        if let BlockKind::Try(one) = &mut self.nodes[*node].kind {
            *part = TryPart::Handler(one.handlers.len());
            one.handlers.push(CatchHandler { tag, rethrown: false });
        }
    }

    /// Whether delegated exceptions arrive in this label.
    pub(super) fn receives(&self, node: usize) -> bool {
        match &self.nodes[node].kind {
            BlockKind::Plain => self.nodes[node].receives,
            BlockKind::Try(one) => one.receives,
        }
    }

    /// Finds, for every `delegate`, the receiver of its exceptions, and whether exceptions get there without help.
    /// Outer labels come first, because inner ones depend on their result.
    fn resolve(&mut self) {
        for index in 0..self.nodes.len() {
            let Some(delegate) = self.delegate(index) else { continue };
            let destination = self.destination(delegate.target);
            let needed = self.something_catches_between(self.nodes[index].outer, destination);
            if let BlockKind::Try(one) = &mut self.nodes[index].kind {
                one.delegate = Some(DelegateTarget { destination, needed, ..delegate });
            }
            if needed {
                match &mut self.nodes[destination] {
                    PlanNode { kind: BlockKind::Try(one), .. } => one.receives = true,
                    node => node.receives = true,
                }
            }
        }
    }

    fn delegate(&self, node: usize) -> Option<DelegateTarget> {
        match &self.nodes[node].kind {
            BlockKind::Try(one) => one.delegate,
            BlockKind::Plain => None,
        }
    }

    /// Returns the node that catches an exception thrown at `place`.
    fn destination(&self, mut place: (usize, TryPart)) -> usize {
        loop {
            let (node, part) = place;
            match &self.nodes[node].kind {
                BlockKind::Try(TryBlock { delegate: Some(delegate), .. }) => place = delegate.target,
                BlockKind::Try(one) if part == TryPart::Body && !one.handlers.is_empty() => return node,
                _ if node == 0 => return 0,
                _ => place = self.nodes[node].outer,
            }
        }
    }

    fn something_catches_between(&self, mut place: (usize, TryPart), destination: usize) -> bool {
        loop {
            let (node, part) = place;
            if node == destination {
                return false;
            }
            match &self.nodes[node].kind {
                BlockKind::Try(TryBlock { delegate: Some(delegate), .. }) if delegate.needed => return true,
                BlockKind::Try(one) if part == TryPart::Body && !one.handlers.is_empty() => return true,
                _ => place = self.nodes[node].outer,
            }
        }
    }
}
