//! The C libraries that native code is made against.

use crate::wheel::WheelName;

/// The C library that native code was made against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abi {
    /// Emscripten's, as PEP 783 fixes it for a version of CPython.
    Emscripten,
    /// wasi-libc.
    Wasi,
}

impl Abi {
    /// The ABI of a wheel's native code; `None` if it may not have any.
    pub(crate) fn of(wheel: &WheelName) -> Option<Self> {
        let has = |start: &str| wheel.platforms.iter().any(|platform| platform.starts_with(start));
        if has("wasi_") { Some(Self::Wasi) } else { has("pyemscripten_").then_some(Self::Emscripten) }
    }
}
