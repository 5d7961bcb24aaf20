//! **adapt**: what was made for another ABI, or not made yet, becomes what our ABI takes.
//!
//! | from | to | module |
//! | --- | --- | --- |
//! | an sdist, a source tree | a wheel | [`source`] |

pub mod source;
