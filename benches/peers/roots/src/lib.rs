//! An older list of roots, under the version number that eryx 0.14 requires.
//!
//! Mirrors that lag behind the index lack 1.0.11. The benches open no connections, so the list does not
//! matter.

pub use roots::*;
