//! **frontend**: wheels from source, without Python on this machine. A build frontend in the words of PEP 517: it runs
//! the build backend, in the build-time interpreter.
//!
//! The backend sees the source tree, in memory, with what it needs in `site-packages`. There is no network, no
//! compiler, no other program; time and randomness are made up. So equal sources and equal build requirements give equal
//! wheels. Packages whose native code is optional come out as pure ones; see `switches`.
//!
//! What was built is kept in the cache and found again by the source's hash: a second build resolves and runs nothing.

mod backend_run;
mod build_system;
mod retag;
mod switches;
mod wheel_builder;

pub use self::wheel_builder::WheelBuilder;
