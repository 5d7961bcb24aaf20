//! Build time of eryx, as a library: from a declaration to a bundle of sandboxed CPython.
//!
//! Data goes one way, one module for each step:
//!
//! | step | module | makes |
//! | --- | --- | --- |
//! | declare | [`declare`] | [`Spec`](declare::Spec): requirements, imports, own modules |
//! | resolve | [`resolve`] | pins: one file for each distribution |
//! | lock | [`lock`] | `eryx.lock`, the pins of the last time |
//! | fetch | [`fetch`], [`index`] | wheels, checked by hash |
//! | adapt | [`adapt`] | wheels for our ABI, of those made for another and of sources |
//! | assemble | [`assemble`], [`bytecode`] | every file a sandbox sees, with its bytecode |
//! | link | [`link`], [`base`] | one component of CPython, libc and the guest |
//! | warm | [`warm`] | the same, with the memory of an interpreter that has imported what was asked for |
//! | fuse | `fuse` | the same, as one core module |
//! | image | `image` | its memory as a file of its own |
//! | compile | [`compile`] | machine code |
//! | bundle | [`bundle`] | the artifact; [`bundle::build`] runs all of the above |
//!
//! No step knows who called it: progress goes to a [`Reporter`], failures are [`Error`]s with the next step in them.
//! Each step looks into the [`cache`] first, under a key made of its inputs.
//!
//! ```no_run
//! use std::sync::Arc;
//! use eryx_build::{bundle, cache::Cache, context::BuildContext, declare::Spec, report::Silent};
//!
//! let context = BuildContext::new(Cache::open(None)?, Arc::new(Silent));
//! let spec = Spec::new(".").with_package("tabulate==0.9.0").with_import("tabulate");
//! let built = bundle::build(&spec, &bundle::Options::default(), &context)?;
//! println!("{} bytes in {}", built.size, built.path.display());
//! # Ok::<(), eryx_build::Error>(())
//! ```

pub mod adapt;
pub mod assemble;
pub mod audit;
pub mod base;
pub mod bounds;
pub mod bundle;
pub mod bytecode;
pub mod cache;
pub mod compile;
pub mod context;
pub mod declare;
pub mod error;
mod exception_tags;
pub mod fetch;
mod fixed;
pub mod frontend;
mod fuse;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod guest;
mod image;
pub mod index;
pub mod link;
pub mod lock;
mod materials;
mod parallel;
mod paths;
pub mod pin;
mod replace;
pub mod report;
pub mod resolve;
pub mod sdist;
pub mod stdlib;
mod tool;
pub mod warm;

pub use context::BuildContext;
pub use error::{Error, Result};
pub use eryx_wheel as wheel;
use eryx_wheel::digest;
pub use report::{Progress, Reporter};
