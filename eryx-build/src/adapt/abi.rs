//! The C libraries that native code is compiled against.

use crate::wheel::WheelName;

/// The C library that native code was compiled against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abi {
    /// Emscripten's, in the version that PEP 783 fixes for a version of CPython.
    Emscripten,
    /// wasi-libc.
    Wasi,
}

impl Abi {
    /// Returns the ABI of a wheel's native code; `None` if the wheel may not contain any.
    pub(crate) fn of(wheel: &WheelName) -> Option<Self> {
        let has = |start: &str| wheel.platforms.iter().any(|platform| platform.starts_with(start));
        if has("wasi_") { Some(Self::Wasi) } else { has("pyemscripten_").then_some(Self::Emscripten) }
    }
}
