//! **adapt**: what was made for another ABI, or not made yet, becomes what our ABI takes.
//!
//! | from | to | module |
//! | --- | --- | --- |
//! | native code for Emscripten or WASI | libraries that link with the base runtime | [`native`] |
//! | an sdist, a source tree | a wheel | [`source`] |

#[cfg(fuzzing)]
pub(crate) mod fuzzing {
    pub use super::{native::fuzzing as native, source::fuzzing as source};
}
pub mod native;
pub mod source;
