//! The sections of a bundle that are extracted.

use crate::bundle::SectionKind;

/// The file name of each extracted section in the bundle's folder.
pub(super) const PARTS: [(SectionKind, &str); 3] =
    [(SectionKind::Code, CODE), (SectionKind::Tree, TREE), (SectionKind::Image, IMAGE)];
pub(super) const CODE: &str = "code.cwasm";
pub(super) const TREE: &str = "tree.pack";
pub(super) const IMAGE: &str = "heap.image";
