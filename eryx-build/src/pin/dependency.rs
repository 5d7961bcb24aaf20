//! An edge between two pins.

use std::fmt;

use pep508_rs::{ExtraName, PackageName};

/// An edge between two pins: `name` or `name[extra,other]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dependency {
    /// The distribution that is needed.
    pub name: PackageName,
    /// With which extras, sorted.
    pub extras: Vec<ExtraName>,
}

impl fmt::Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if !self.extras.is_empty() {
            let extras: Vec<&str> = self.extras.iter().map(AsRef::as_ref).collect();
            write!(f, "[{}]", extras.join(","))?;
        }
        Ok(())
    }
}
