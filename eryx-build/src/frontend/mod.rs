//! **frontend**: builds wheels from source, without Python on this machine. It is a build frontend in the terms of PEP
//! 517: it runs the build backend in the build-time interpreter.
//!
//! The backend sees the source tree in memory, and its requirements in `site-packages`. It has no network, no compiler
//! and no other programs; time and randomness are deterministic. So equal sources and equal build requirements give
//! equal wheels. Packages with optional native code become pure wheels; see `switches`.
//!
//! The cache keeps built wheels by the hash of their source, so a second build neither resolves build requirements nor
//! runs the backend.

mod backend_run;
mod build_system;
mod retag;
mod switches;
mod wheel_builder;

pub use self::wheel_builder::WheelBuilder;
