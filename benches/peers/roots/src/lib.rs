//! An older list of roots, under the number that eryx 0.14 asks for.
//!
//! Mirrors that lag behind the index lack 1.0.11. No bench opens a connection, so the list plays no part.

pub use roots::*;
