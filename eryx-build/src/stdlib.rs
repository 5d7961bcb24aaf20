//! Parts of the standard library that bundles leave out.

use eryx_runtime::base::CPYTHON_3_14;

/// Returns the parts of the standard library that bundles leave out by default: tests, and parts that need a terminal,
/// a display, processes or pip.
///
/// ```
/// assert!(eryx_build::stdlib::left_out().any(|name| name == "idlelib"));
/// ```
pub fn left_out() -> impl Iterator<Item = &'static str> {
    // Names with dashes are not modules.
    let names = CPYTHON_3_14.unused_stdlib.iter().filter(|name| !name.contains('-'));
    names.map(|name| name.trim_end_matches(".py"))
}
