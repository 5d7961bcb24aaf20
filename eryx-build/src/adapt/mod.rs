//! **adapt**: what was made for another ABI, or not made yet, becomes what our ABI takes.
//!
//! | from | to | module |
//! | --- | --- | --- |
//! | native code for Emscripten or WASI | libraries that link with the base runtime | [`native`] |
//! | an sdist, a source tree | a wheel | [`source`] |

pub mod native;
pub mod source;
