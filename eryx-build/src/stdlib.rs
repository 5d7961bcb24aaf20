//! The standard library of the base runtime: which parts of it bundles do without.

use eryx_runtime::base::CPYTHON_3_14;

/// Parts of the standard library that bundles do without unless told otherwise: they need a terminal, a display,
/// processes or pip, or are tests.
///
/// ```
/// assert!(eryx_build::stdlib::left_out().any(|name| name == "idlelib"));
/// ```
pub fn left_out() -> impl Iterator<Item = &'static str> {
    // Those with dashes are no modules.
    let names = CPYTHON_3_14.unused_stdlib.iter().filter(|name| !name.contains('-'));
    names.map(|name| name.trim_end_matches(".py"))
}
