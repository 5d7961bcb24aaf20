//! Items that core modules define, import and export, and their resolution.

use std::ops::{Index, IndexMut};

use wasmparser::{ExternalKind, TypeRef};

use super::refused::{FusionObstacle, FusionResult};

/// The index spaces of a core module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum ExternKind {
    Func,
    Table,
    Memory,
    Global,
    Tag,
}

impl ExternKind {
    pub(super) fn of_export(kind: ExternalKind) -> FusionResult<Self> {
        Ok(match kind {
            ExternalKind::Func => Self::Func,
            ExternalKind::Table => Self::Table,
            ExternalKind::Memory => Self::Memory,
            ExternalKind::Global => Self::Global,
            ExternalKind::Tag => Self::Tag,
            ExternalKind::FuncExact => {
                return Err(FusionObstacle::new("it exports a function with an exact type"));
            }
        })
    }

    pub(super) fn of_import(ty: TypeRef) -> FusionResult<Self> {
        Ok(match ty {
            TypeRef::Func(_) => Self::Func,
            TypeRef::Table(_) => Self::Table,
            TypeRef::Memory(_) => Self::Memory,
            TypeRef::Global(_) => Self::Global,
            TypeRef::Tag(_) => Self::Tag,
            TypeRef::FuncExact(_) => {
                return Err(FusionObstacle::new("it imports a function with an exact type"));
            }
        })
    }
}

/// The item that an index resolves to, after following imports, exports and aliases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum CoreItem {
    /// An item that a module instance defines.
    Own {
        /// The instance, counted among instances of modules.
        unit: usize,
        /// Its index in that module.
        index: u32,
    },
    /// A function that the component model provides: a lowered import, a built-in.
    Canon(usize),
}

/// One list for each index space.
#[derive(Debug, Clone)]
pub(super) struct IndexSpaces<T>([Vec<T>; 5]);

impl<T> Default for IndexSpaces<T> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Vec::new()))
    }
}

impl<T> Index<ExternKind> for IndexSpaces<T> {
    type Output = Vec<T>;

    fn index(&self, kind: ExternKind) -> &Vec<T> {
        &self.0[kind as usize]
    }
}

impl<T> IndexMut<ExternKind> for IndexSpaces<T> {
    fn index_mut(&mut self, kind: ExternKind) -> &mut Vec<T> {
        &mut self.0[kind as usize]
    }
}

impl<T: Copy> IndexSpaces<T> {
    /// Returns the entry at an index.
    pub(super) fn at(&self, kind: ExternKind, index: u32) -> FusionResult<T> {
        let found = self[kind].get(index as usize).copied();
        found.ok_or_else(|| FusionObstacle::new(format!("an index is out of bounds: {kind:?} {index}")))
    }
}
