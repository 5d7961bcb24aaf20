//! Branches, each with a separate interpreter.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use eryx::{Sandbox, Session};

use crate::Result;
use crate::cell::Ran;
use crate::script::MAIN;

/// A notebook: one or more branches.
pub(crate) struct Notebook {
    branches: BTreeMap<String, Branch>,
}

/// An interpreter, and the cells that it has run.
pub(crate) struct Branch {
    pub(crate) session: Session,
    pub(crate) cells: Vec<Ran>,
}

impl Notebook {
    /// Creates a notebook with an empty branch `main`.
    pub(crate) fn new(sandbox: &Sandbox) -> Result<Self> {
        let main = Branch { session: sandbox.session_blocking()?, cells: Vec::new() };
        Ok(Self { branches: BTreeMap::from([(MAIN.to_owned(), main)]) })
    }

    /// Creates a notebook from saved branches.
    pub(crate) fn of(branches: BTreeMap<String, Branch>) -> Result<Self> {
        if branches.contains_key(MAIN) {
            Ok(Self { branches })
        } else {
            Err("it has no branch `main`".into())
        }
    }

    pub(crate) fn branches(&mut self) -> impl Iterator<Item = (&String, &mut Branch)> {
        self.branches.iter_mut()
    }

    /// Runs code on a branch, which is forked off `main` if it does not exist.
    pub(crate) fn run(&mut self, branch: &str, title: &str, code: &str) -> Result<&Ran> {
        if !self.branches.contains_key(branch) {
            self.fork(MAIN, branch)?;
        }
        let Branch { session, cells } = self.branch(branch)?;
        let ran = Ran::new(branch, cells.len() + 1, title, code).with(session.execute_blocking(code))?;
        cells.push(ran);
        Ok(&cells[cells.len() - 1])
    }

    /// Creates a branch with a copy of another branch's current state.
    pub(crate) fn fork(&mut self, from: &str, to: &str) -> Result<()> {
        if self.branches.contains_key(to) {
            return Err(format!("there is a branch `{to}` already").into());
        }
        let Branch { session, cells } = self.branch(from)?;
        let fork = Branch { session: session.fork_blocking()?, cells: cells.clone() };
        self.branches.insert(to.to_owned(), fork);
        Ok(())
    }

    fn branch(&mut self, name: &str) -> Result<&mut Branch> {
        Ok(self.branches.get_mut(name).ok_or_else(|| format!("there is no branch `{name}`"))?)
    }

    /// Lists the branches, for people.
    pub(crate) fn summary(&self) -> String {
        let mut text = String::new();
        for (name, branch) in &self.branches {
            let last = branch.cells.last().map_or("", |cell| cell.title.as_str());
            let _ = writeln!(text, "branch {name}: {} cells, the last one: {last}", branch.cells.len());
        }
        text
    }
}
